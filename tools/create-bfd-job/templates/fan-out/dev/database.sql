-- The tables the job writes to. `npm run dev` and the test make them; in production a DBA or a migration does.

create schema if not exists people;
create table if not exists people.person (id bigint primary key, name text not null, born date);
create table if not exists people.file (key text primary key, loaded_at timestamptz not null default now());
