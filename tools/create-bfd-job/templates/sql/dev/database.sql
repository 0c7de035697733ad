-- The table the job looks after, and something in it. `npm run dev` and the test make it.

create schema if not exists audit;
create table if not exists audit.event (
  id    bigint generated always as identity primary key,
  at    timestamptz not null,
  what  text not null
);
create index if not exists event_at on audit.event (at);
insert into audit.event (at, what)
select now() - make_interval(days => n), 'made up for development' from generate_series(1, 365) n
 where not exists (select from audit.event);
