/** The settings of the embedded server, written anew at each start into `bfd.conf`. */

/** The text of `bfd.conf`. */
export function settingsFile(port: number): string {
  const lines = Object.entries({ ...REACH, port, ...LOADING, ...SILENCE }).map(
    ([name, value]) => `${name} = '${value}'`,
  );
  return `# Written at each start by bfd-host. Change settings with ALTER SYSTEM instead.\n${lines.join('\n')}\n`;
}

// Loopback with passwords. No Unix socket: its path may have 107 bytes at most, a home folder more.
const REACH = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

// Few checkpoints during a load; commits stay durable (fsync and synchronous_commit are on).
const LOADING = {
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  wal_buffers: '16MB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  effective_cache_size: '1GB',
  random_page_cost: 1.1,
  max_wal_senders: 0,
};

// No value of a row may reach the server's log. An ERROR's own line can hold one (invalid input
// syntax for type integer: "…"), and so can DETAIL, CONTEXT and STATEMENT, and a LOG raised by a
// function: so only FATAL and PANIC are written, without those lines and without parameters.
// What is left: a PANIC names the statement it met, with the literals in it, and cannot be told not to.
const SILENCE = {
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: -1,
  log_parameter_max_length: 0,
  log_parameter_max_length_on_error: 0,
  log_line_prefix: '%m [%p] ',
};
