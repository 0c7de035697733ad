// Types of PostgreSQL, as its messages name them.

const TYPES = new Set(
  `bigint,boolean,bytea,character,character varying,cidr,date,double precision,inet,integer,interval,json,jsonb,
   numeric,oid,real,smallint,text,time,time with time zone,timestamp,timestamp with time zone,uuid,xml`.split(
    /,\s*/,
  ),
);

/** Whether this is a type of PostgreSQL, with or without its length. */
export function isKnownType(type: string): boolean {
  return TYPES.has(type.replace(/\(\d{1,5}(,\d{1,5})?\)$/, ''));
}
