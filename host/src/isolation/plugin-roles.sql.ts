// Statements of plugin-roles.ts. Those that cannot take parameters are put together by the server, which quotes names;
// each such query gives a column `statement`.

import { sql } from '../database/sql.ts';

export const ABOUT_HOST = sql`
  select current_database() as database, current_user as host, rolcreaterole or rolsuper as "mayCreateRoles"
    from pg_roles where rolname = current_user`;

/** $1 role. What is missing for the host to act as it. */
export const MAKE_ROLE = sql`
  select format('create role %I nologin', $1::text) as statement
   where not exists (select from pg_roles where rolname = $1)`;

/** $1 role, $2 who shall be a member of it and have its rights. */
export const JOIN_ROLE = sql`
  select format('grant %I to %I', $1::text, $2::text) as statement
   where not pg_has_role($2::name, $1::name, 'usage')`;

/** $1 schema. No row when it is not there. */
export const SCHEMA_OWNER = sql`
  select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1`;

/** $1 schema, $2 role. */
export const MAKE_SCHEMA = sql`
  select format('create schema %I authorization %I', $1::text, $2::text) as statement`;

/** $1 schema, $2 its new owner. */
export const HAND_OVER_SCHEMA = sql`
  select format('alter schema %I owner to %I', $1::text, $2::text) as statement
    from pg_namespace where nspname = $1 and pg_get_userbyid(nspowner) <> $2`;

/**
 * $1 schema, $2 owner to be, $3 the host's role. Given away is what that made there, and what roles of plugins and
 * schemas did, also those of the database that this one is a copy of.
 */
export const HAND_OVER_CONTENTS = sql`
  with schema as (select oid from pg_namespace where nspname = $1),
       extended as (select classid, objid from pg_depend where deptype = 'e'),
       giver as (select oid from pg_roles
                  where rolname <> $2
                    and (rolname = $3 or rolname ~ '^bfd_(plugin|schema):' and pg_has_role(oid, 'usage'))),
       owned_sequence as (select objid from pg_depend
                           where classid = 'pg_class'::regclass and deptype in ('a', 'i') and refobjsubid > 0)
  select format('alter table %I.%I owner to %I', $1::text, c.relname, $2::text) as statement
    from pg_class c
   where c.relnamespace = (select oid from schema) and c.relowner in (select oid from giver)
     -- A sequence of a column goes with its table.
     and (c.relkind in ('r', 'p', 'v', 'm', 'f')
          or c.relkind = 'S' and c.oid not in (select objid from owned_sequence))
     and ('pg_class'::regclass, c.oid) not in (select classid, objid from extended)
  union all
  select format('alter routine %s owner to %I', p.oid::regprocedure, $2::text)
    from pg_proc p
   where p.pronamespace = (select oid from schema) and p.proowner in (select oid from giver)
     and p.prokind <> 'a' and ('pg_proc'::regclass, p.oid) not in (select classid, objid from extended)
  union all
  select format('alter type %I.%I owner to %I', $1::text, t.typname, $2::text)
    from pg_type t left join pg_class c on c.oid = t.typrelid
   where t.typnamespace = (select oid from schema) and t.typowner in (select oid from giver)
     and (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and c.relkind = 'c')
     and ('pg_type'::regclass, t.oid) not in (select classid, objid from extended)`;

/** $1 schema, $2 role, $3 who makes objects: what it will make there is the role's to use. */
export const SHARE_NEW_OBJECTS = sql`
  select format('alter default privileges for role %I in schema %I grant all on %s to %I', $3::text, $1::text, what, $2::text)
           as statement
    from (values ('tables', 'r'), ('sequences', 'S'), ('routines', 'f'), ('types', 'T')) as kinds (what, kind)
   where not exists (
     select from pg_default_acl d, aclexplode(d.defaclacl) a
      where d.defaclobjtype::text = kind and d.defaclnamespace = $1::regnamespace
        and pg_get_userbyid(d.defaclrole) = $3 and pg_get_userbyid(a.grantee) = $2)`;

/** $1 schema, $2 role: rights in somebody else's schema that the host may pass on and has not yet. */
export const PASS_ON_RIGHTS = sql`
  select format('grant %s on schema %I to %I', privilege, $1::text, $2::text) as statement
    from unnest(array['usage', 'create']) privilege
   where has_schema_privilege($1::text, privilege || ' with grant option') and not has_schema_privilege($2::name, $1::text, privilege)
  union all
  select format('grant %s on table %I.%I to %I', string_agg(privilege, ', '), $1::text, c.relname, $2::text)
    from pg_class c,
         unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) privilege
   where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
     and has_table_privilege(c.oid, privilege || ' with grant option') and not has_table_privilege($2::name, c.oid, privilege)
   group by c.relname
  union all
  select format('grant %s on sequence %I.%I to %I', string_agg(privilege, ', '), $1::text, c.relname, $2::text)
    from pg_class c, unnest(array['usage', 'select', 'update']) privilege
   where c.relnamespace = $1::regnamespace and c.relkind = 'S'
     and has_sequence_privilege(c.oid, privilege || ' with grant option')
     and not has_sequence_privilege($2::name, c.oid, privilege)
   group by c.relname`;

/** $1 schema, $2 role. Whether it lacks a right that the host has there. */
export const LACKS_RIGHTS = sql`
  select exists (
    select from unnest(array['usage', 'create']) privilege
     where has_schema_privilege($1::text, privilege) and not has_schema_privilege($2::name, $1::text, privilege)
    union all
    select from pg_class c, unnest(array['select', 'insert', 'update', 'delete']) privilege
     where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and has_table_privilege(c.oid, privilege) and not has_table_privilege($2::name, c.oid, privilege)) as lacks`;

/** $1 role: the functions behind fence and checkpoints, and temporary tables. */
export const LET_USE_HOST = sql`
  select format('grant usage on schema bfd_host to %I', $1::text) as statement
   where not has_schema_privilege($1::name, 'bfd_host', 'usage')
  union all
  select format('grant execute on function %s to %I', p.oid::regprocedure, $1::text)
    from pg_proc p
   where p.pronamespace = 'bfd_host'::regnamespace and p.proname in ('fence', 'checkpoint_get', 'checkpoint_put')
     and not has_function_privilege($1::name, p.oid, 'execute')
  union all
  select format('grant temporary on database %I to %I', current_database(), $1::text)
   where not has_database_privilege($1::name, current_database(), 'temporary')
     and has_database_privilege(current_database(), 'temporary with grant option')`;
