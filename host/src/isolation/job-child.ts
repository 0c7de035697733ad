// One operating-system process of a job, seen from the host: what it says is checked, what it uses is watched, and
// when it has to end it ends, with everything it started.

import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { Duplex, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { findCredentials } from './aws-credentials.ts';
import { BundleText } from './bundle-text.ts';
import type { Death, KillCause } from './deaths.ts';
import { endSessions } from './end-sessions.ts';
import { errorEnvelope } from './error-envelope.ts';
import { folderBytes } from './folder-size.ts';
import { Heartbeat } from './heartbeat.ts';
import type { JobProcessSpec } from './job-process-spec.ts';
import { type Launcher, type LaunchPlaces, markerVariable } from './launcher.ts';
import { MessageGate } from './message-gate.ts';
import { MessageReader, ProtocolError } from './message-reader.ts';
import { OutputMeter } from './output-meter.ts';
import { isGroupAlive, processesMarked, rssMb } from './process-facts.ts';
import { type ChildMessage, type ErrorFacts, type HostMessage } from './protocol.ts';
import { CHANNEL_FD } from './protocol-version.ts';
import { RunCounter } from './run-counter.ts';

const WATCH_EVERY_MS = 100;
const LOOKS_PER_COUNT = 5;
const STACK_MS = 500;
const LAST_WORDS_MS = 250;
const CLOSED_MS = 1000;
const GROUP_TRIES = 400;

/** The system gave no process or no pipes to it. */
export class NoProcessError extends Error {
  readonly code = 'BFD_JOB_PROCESSES';
  constructor() {
    super(
      'No job process could be started: the host has as many files open as it may. Raise its limit.',
    );
  }
}

export interface JobChildEvents {
  /** @throws {@link ProtocolError} or ForgedTextError, which end the process */
  message(message: ChildMessage): void;
  blocked(blockedMs: number, activity: string | undefined): void;
  /** Called now and then while it is watched. */
  looked(): void;
  /** The process is gone, and what it left. */
  ended(): void;
}

export type ChildPlaces = Omit<LaunchPlaces, 'counterFd'> & {
  /** Where the file of run counters is. */
  readonly counterFolder: string;
};

export class JobChild {
  readonly gate: MessageGate;
  readonly tempFolder: string;
  readonly uid: number | undefined;
  /** When the process, its group and its database sessions are gone. */
  readonly ended: Promise<Death>;
  /** Name of its database sessions that may be left when it dies. */
  sessions: string | undefined;
  readonly #spec: JobProcessSpec;
  readonly #places: ChildPlaces;
  readonly #bundle: BundleText;
  readonly #process: ChildProcess;
  readonly #channel: Duplex;
  readonly #counter: RunCounter;
  #takenRuns: number | undefined;
  readonly #output: OutputMeter;
  readonly #heartbeat: Heartbeat;
  readonly #messages: MessageReader;
  #events: JobChildEvents | undefined;
  #killedFor: KillCause | undefined;
  #isEnding = false;
  #isGone = false;
  #fatal: ErrorFacts | undefined;
  #stack: Death['stack'] = [];
  #activity: string | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isWatched = false;
  #usedMb = 0;
  #looks = 0;
  #isCountingFiles = false;

  constructor(
    spec: JobProcessSpec,
    places: ChildPlaces,
    launcher: Launcher,
    uid: number | undefined,
  ) {
    this.#spec = spec;
    this.#places = places;
    this.tempFolder = places.tempFolder;
    this.uid = uid;
    this.#bundle = new BundleText(places.plugin.source);
    this.gate = new MessageGate(this.#bundle);
    this.#counter = new RunCounter(places.counterFolder);
    this.#process = launcher.start(spec, { ...places, counterFd: this.#counter.fd }, uid);
    const { stdout, stderr, stdio } = this.#process;
    const channel = stdio[CHANNEL_FD];
    if (!(channel instanceof Duplex) || !stdout || !stderr) {
      this.#counter.close();
      throw new NoProcessError();
    }
    this.#channel = channel;
    this.#messages = new MessageReader(spec.limits.messageBytes);
    this.#output = new OutputMeter([stdout, stderr], stderr, {
      maxBytes: spec.limits.outputBytes,
      onTooMuch: () => this.kill({ reason: 'output' }),
      ...(spec.debugOutput === undefined ? {} : { debugOutput: spec.debugOutput }),
    });
    this.#heartbeat = new Heartbeat({
      warnMs: spec.limits.blockedWarnMs,
      killMs: spec.limits.blockedKillMs,
      ping: (number) => this.send({ type: 'ping', number }),
      onBlocked: (blockedMs) => this.#events?.blocked(blockedMs, this.#activity),
      onDead: (blockedMs) =>
        this.killBlocked({
          reason: 'blocked',
          blockedMs,
          ...(this.#activity === undefined ? {} : { activity: this.#activity }),
        }),
    });
    channel.on('data', (chunk: Buffer) => this.#read(chunk));
    channel.on('error', () => {}); // its end is what is looked at
    channel.once('end', () => this.#channelClosed());
    this.ended = this.#untilEnded(channel);
    this.ended.then(() => this.#events?.ended());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get rssMb(): number | undefined {
    return this.pid === undefined ? undefined : rssMb(this.pid);
  }

  /** Whether a program that it started is still there. */
  get hasPrograms(): boolean {
    return this.#programs().length > 0;
  }

  /** Whether it has answered since it was watched. */
  get hasAnswered(): boolean {
    return this.#heartbeat.hasAnswered;
  }

  /** How many runs it has taken on. To be asked last: what it takes on later is not counted. */
  get takenRuns(): number {
    this.#takenRuns ??= this.#counter.read();
    return this.#takenRuns;
  }

  get isCounted(): boolean {
    return this.#takenRuns !== undefined;
  }

  /** What it used when it was last looked at, while it was watched. */
  get usedMb(): number {
    return this.#usedMb;
  }

  /** Who hears of what it says, from now on. */
  set events(events: JobChildEvents | undefined) {
    this.#events = events;
  }

  send(message: HostMessage): void {
    if (this.#channel.writable) this.#channel.write(`${JSON.stringify(message)}\n`);
  }

  /** An error it sent, as it may be shown. */
  envelope(facts: ErrorFacts) {
    return errorEnvelope(facts, this.#bundle, this.#spec.plugin.entry);
  }

  /** Watches, until {@link unwatch}, its memory, and if `withHeartbeat`, whether its main thread answers. */
  watch(withHeartbeat: boolean): void {
    this.#output.reset();
    this.#messages.reset();
    if (withHeartbeat) this.#heartbeat.start();
    this.#isWatched = true;
    this.#watch ??= setInterval(() => this.#look(), WATCH_EVERY_MS);
  }

  unwatch(): void {
    this.#heartbeat.stop();
    this.#isWatched = false;
  }

  /** Ends it and all it started, now. The first cause is the one that is told. */
  kill(cause?: KillCause): void {
    this.#isEnding = true;
    this.#killedFor ??= cause;
    this.unwatch();
    this.#killGroup();
  }

  /** As {@link kill}, but asks it first where its code is, which a blocked thread answers too. */
  killBlocked(cause: KillCause): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#killedFor ??= cause;
    this.unwatch();
    this.#process.kill('SIGINT'); // see --trace-sigint: prints the stack and ends
    delay(STACK_MS, undefined, { ref: false }).then(() => this.#killGroup());
  }

  /** Lets it dispose of what it has, for at most `ms`. */
  async end(ms: number): Promise<Death> {
    this.#isEnding = true;
    this.unwatch();
    this.send({ type: 'end' });
    const inTime = await Promise.race([this.ended, delay(ms, undefined, { ref: false })]);
    if (!inTime) this.kill();
    return this.ended;
  }

  #look(): void {
    if (!this.#isWatched) {
      // Not at once: a timer would be made and thrown away in each of many short runs.
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    const { rssMb: most } = this.#spec.limits;
    this.#usedMb = this.rssMb ?? 0;
    if (this.#usedMb > most) this.kill({ reason: 'memory', usedMb: this.#usedMb });
    if (++this.#looks % LOOKS_PER_COUNT === 0) this.#countFiles();
    this.#events?.looked();
  }

  async #countFiles(): Promise<void> {
    if (this.#isCountingFiles) return;
    this.#isCountingFiles = true;
    const { tempBytes } = this.#spec.limits;
    const bytes = await folderBytes(this.tempFolder, tempBytes);
    this.#isCountingFiles = false;
    if (bytes > tempBytes && this.#isWatched) this.kill({ reason: 'temp-files' });
  }

  #read(chunk: Buffer): void {
    try {
      this.#messages.take(chunk, (message) => {
        if (!this.#killedFor) this.#take(message);
      });
    } catch (error) {
      this.kill({ reason: 'protocol', violation: this.#messages.violationText(error) });
    }
  }

  /** A process that ends closes it, too; one that goes on will never say anything again. */
  async #channelClosed(): Promise<void> {
    await delay(CLOSED_MS, undefined, { ref: false });
    if (!this.#isEnding) this.kill({ reason: 'protocol', violation: 'it was closed' });
  }

  #take(message: ChildMessage): void {
    switch (message.type) {
      case 'pong': {
        const { activity } = message;
        this.#activity = activity === undefined ? undefined : this.gate.activity(activity);
        this.#heartbeat.answered(message.number);
        return;
      }
      case 'fatal':
        this.#fatal = message.error;
        return;
      case 'need-credentials':
        this.#handCredentials();
        return;
      default:
        if (!this.#events) throw new ProtocolError('a message nobody asked for');
        this.#events.message(message);
    }
  }

  #handCredentials(): void {
    const { s3 } = this.#spec;
    if (!s3 || s3.accessKeyId !== undefined) throw new ProtocolError('a message nobody asked for');
    findCredentials(s3.region).then((credentials) =>
      this.send({ type: 'credentials', ...(credentials ? { credentials } : {}) }),
    );
  }

  async #untilEnded(channel: Duplex): Promise<Death> {
    const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      this.#process.once('error', () => resolve({ code: null, signal: null }));
      this.#process.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#isEnding = true;
    this.unwatch();
    this.#killGroup();
    await lastWords([channel, this.#process.stderr, this.#process.stdout]);
    await this.#sweep();
    const { entry } = this.#spec.plugin;
    const url = pathToFileURL(this.#places.plugin.bundle).href;
    this.#stack = this.#output
      .stackIn(url, entry)
      .filter(({ line = 0 }) => line <= this.#bundle.lines);
    await this.#output.close();
    void this.takenRuns; // still to be told when the file is closed
    this.#counter.close();
    return {
      isHeapExhausted: this.#output.isHeapExhausted,
      stack: this.#stack,
      ...(this.#killedFor ? { killedFor: this.#killedFor } : {}),
      ...this.#fatalEnvelope(),
      ...(exit.code === null ? {} : { exitCode: exit.code }),
      ...(exit.signal === null ? {} : { signal: exit.signal }),
    };
  }

  #fatalEnvelope(): Pick<Death, 'fatal'> {
    if (!this.#fatal) return {};
    try {
      return { fatal: this.envelope(this.#fatal) };
    } catch {
      return { fatal: this.envelope({ source: 'other' }) }; // forged text in it
    }
  }

  /** Ends what it left: its group, processes that left the group, sessions in the database, files. */
  async #sweep(): Promise<void> {
    const { pid } = this;
    const { database } = this.#spec;
    // Bounded: a dead process whose parent never collects it still counts as one.
    for (let tries = 0; tries < GROUP_TRIES && pid !== undefined && isGroupAlive(pid); tries++) {
      this.#killGroup();
      await delay(5);
    }
    this.#isGone = true;
    for (let tries = 0; tries < GROUP_TRIES; tries++) {
      const left = this.#programs();
      if (left.length === 0) break;
      for (const program of left) tryKill(program);
      await delay(5);
    }
    if (database && this.sessions !== undefined) {
      await endSessions(database.url, this.sessions);
    }
    await rm(this.tempFolder, { recursive: true, force: true }).catch(() => {});
  }

  /** Programs it started, also in groups of their own, that are still there. */
  #programs(): number[] {
    const { privileges } = this.#spec;
    if (!privileges.childProcesses && !privileges.addons) return [];
    const [[name, value] = ['', '']] = Object.entries(markerVariable(this.#places.marker));
    return processesMarked(`${name}=${value}`).filter((found) => found !== this.pid);
  }

  #killGroup(): void {
    const { pid } = this;
    if (pid !== undefined && !this.#isGone) tryKill(-pid);
  }
}

function tryKill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** Waits until all that was written before the end has been read; not for a grandchild that holds a pipe open. */
async function lastWords(streams: readonly (Readable | null)[]): Promise<void> {
  const closed = streams.map((stream) =>
    !stream || stream.closed || stream.destroyed
      ? undefined
      : new Promise((resolve) => stream.once('close', resolve)),
  );
  await Promise.race([Promise.all(closed), delay(LAST_WORDS_MS)]);
  for (const stream of streams) stream?.destroy();
}
