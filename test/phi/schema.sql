-- What the jobs of this test work on: tables with every kind of constraint, and code of the database that says too much.

create schema phi;
create domain phi.identifier as text constraint identifier_form check (value ~ '^[A-Z0-9]{11}$');
create type phi.sex as enum ('female', 'male');

create table phi.member (
  mbi     varchar(11) primary key,
  hicn    text,
  ssn     text not null unique,
  given   text,
  surname text not null,
  born    date not null constraint born_in_time check (born > '1900-01-01'),
  claim   bigint,
  address text,
  npi     text,
  phone   text
);
create table phi.claim (
  claim  bigint primary key,
  mbi    varchar(11) references phi.member (mbi),
  amount numeric(7, 2),
  note   jsonb
);
create table phi.stay (mbi varchar(11), days daterange, exclude using gist (days with &&));
create table phi.pair (id int primary key, note text);
insert into phi.pair (id) values (1), (2), (3);
create table phi.locked (note text);

-- What the page shows of data sets, with keys and states that people are in.
create view phi.operator_work (kind, name, part_of, state, done, total, unit, changed_at) as
select 'data set of ' || surname, format('Incoming/%s/%s', surname, mbi), null, given, 1, 2, mbi, born::timestamptz
  from phi.member
union all
select 'file', format('%s_%s-%s.csv', surname, born, ssn), format('Incoming/%s/%s', surname, mbi), phone, 1, null, address, now()
  from phi.member;

create function phi.share_of(name text) returns int language plpgsql as $$
begin
  raise notice 'looking for %', name;
  return (select count(*) from phi.member where surname = name) / 0;
end $$;

create function phi.refuse(id text) returns void language plpgsql as $$
declare found phi.member;
begin
  select * into found from phi.member where mbi = id;
  raise exception 'member % % is refused', found.given, found.surname
    using detail = row_to_json(found)::text, hint = 'Call ' || found.phone;
end $$;

create function phi.refuse_by_name(id text) returns void language plpgsql as $$
declare found phi.member;
begin
  select * into found from phi.member where mbi = id;
  raise check_violation using
    message = found.surname, schema = found.given, table = found.surname, column = found.ssn, constraint = found.address,
    datatype = found.npi;
end $$;

create function phi.refuse_with_state(id text, last_four text) returns void language plpgsql as $$
begin
  raise exception using errcode = 'Z' || last_four, message = id;
end $$;

create function phi.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'phone of % is %', old.surname, new.phone using errcode = 'restrict_violation';
end $$;
create trigger refuse_change before update of phone on phi.member
  for each row execute function phi.refuse_change();
