//! The tables and functions, and how they are brought up to date: each step once, in order, in one transaction.

use std::sync::Arc;

use incog::Result;

use crate::{
    connection::{Connection, value},
    error,
    url::Address,
};

/// Brings the tables of the database up to date. Several programs may do it at once.
pub(crate) fn migrate(address: &Arc<Address>) -> Result<()> {
    let connection = Connection::open(address)?;
    let mut sql = String::from(START);
    for (version, step) in STEPS {
        sql.push_str(&format!(
            "if v < {version} then\n{step}\ninsert into incog.migration (version) values ({version});\nend if;\n"
        ));
    }
    sql.push_str(END);
    connection.repeatable(sql, "brought up to date")
}

/// Refuses tables of another version, and a database without any.
pub(crate) fn check(connection: &Connection) -> Result<()> {
    let rows =
        connection.rows("select coalesce(max(version), 0) from incog.migration", Vec::new(), "opened")?;
    let found: i32 = value(rows.first().ok_or_else(error::unexpected)?, 0)?;
    if found == VERSION { Ok(()) } else { Err(error::other_version(found, VERSION)) }
}

/// The latest version.
const VERSION: i32 = 3;

const START: &str = "do $migration$
declare v integer;
begin
-- One at a time, also where there is no table to lock yet.
perform pg_advisory_xact_lock(7814986370531);
create schema if not exists incog;
create table if not exists incog.migration (version integer primary key, applied timestamptz not null default now());
select coalesce(max(version), 0) into v from incog.migration;
";
const END: &str = "end
$migration$;";

/// Never changed once released: later versions add steps. Functions hold nothing, so only their latest step is kept: that
/// of version 2 took what was missing in a meter for nothing spent.
const STEPS: [(i32, &str); 2] = [(1, TABLES), (3, FUNCTIONS)];

const TABLES: &str = "
create table incog.ledger (
    ledger bigint generated always as identity primary key,
    name text not null unique,
    terms text not null,
    count bigint not null,
    hash bytea not null,
    latest bigint
);
create table incog.record (
    ledger bigint not null references incog.ledger,
    sequence bigint not null,
    text text not null,
    hash bytea not null,
    attempt bytea not null,
    primary key (ledger, sequence),
    unique (ledger, attempt)
);
create table incog.charge (
    ledger bigint not null,
    sequence bigint not null,
    id text not null,
    at bigint not null,
    progress smallint not null default 0,
    sealed bytea,
    primary key (ledger, sequence),
    unique (ledger, id),
    foreign key (ledger, sequence) references incog.record
);
create table incog.meter (
    ledger bigint not null references incog.ledger,
    number integer not null,
    subject text not null,
    period bigint not null,
    spent numeric[] not null,
    primary key (ledger, number, subject)
);";

/// `opened` begins a change: it locks the ledger's row before any other, and finds out whether the change was made
/// before, or the ledger moved since the caller hashed it. `append` ends it: it adds a record. `is_meter` tells what was
/// written from what was damaged.
const FUNCTIONS: &str = "
drop function if exists incog.append, incog.reserve, incog.answer, incog.release, incog.clock, incog.opened, incog.is_meter;

create function incog.opened(p_ledger bigint, p_attempt bytea, p_count bigint, p_hash bytea)
returns table (outcome text, count bigint, hash bytea, latest bigint)
language plpgsql set search_path = pg_catalog as $$
begin
    select l.count, l.hash, l.latest into strict count, hash, latest from incog.ledger l where l.ledger = p_ledger for update;
    perform 1 from incog.record r where r.ledger = p_ledger and r.attempt = p_attempt;
    outcome := case when found then 'done' when p_hash is not null and p_count is distinct from count then 'moved' else 'open' end;
    return next;
end $$;

create function incog.is_meter(p_spent numeric[], p_parts integer)
returns boolean language sql immutable set search_path = pg_catalog as $$
    -- Nothing, and what is no number, is between nothing.
    select coalesce(array_ndims(p_spent) = 1 and array_lower(p_spent, 1) = 1 and cardinality(p_spent) = p_parts
        and (select bool_and(coalesce(s between 0 and 340282366920938463463374607431768211455 and s = trunc(s), false))
            from unnest(p_spent) s), false)
$$;

create function incog.append(p_ledger bigint, p_attempt bytea, p_text text, p_count bigint, p_hash bytea, p_latest bigint)
returns bigint language plpgsql set search_path = pg_catalog as $$
declare v_count bigint; v_hash bytea;
begin
    select count + 1, hash into strict v_count, v_hash from incog.ledger where ledger = p_ledger;
    v_hash := coalesce(p_hash, sha256(v_hash || int8send(v_count)
        || int8send(octet_length(convert_to(p_text, 'UTF8'))::bigint) || convert_to(p_text, 'UTF8')));
    insert into incog.record (ledger, sequence, text, hash, attempt) values (p_ledger, v_count, p_text, v_hash, p_attempt);
    update incog.ledger set count = v_count, hash = v_hash, latest = coalesce(p_latest, latest) where ledger = p_ledger;
    return v_count;
end $$;

create function incog.reserve(
    p_ledger bigint, p_attempt bytea, p_id text, p_text text, p_time bigint, p_count bigint, p_hash bytea,
    p_numbers integer[], p_subjects text[], p_every bigint[], p_budgets text[], p_cost text[], p_most text[],
    p_unlimited boolean, p_renewing bigint[], p_pause bigint)
returns table (outcome text, sequence bigint, count bigint, hash bytea, number integer, spent text[], pause bigint)
language plpgsql set search_path = pg_catalog as $$
declare
    l incog.ledger; v_at bigint; v_every bigint; v_parts integer := cardinality(p_cost);
    v_budgets numeric[] := p_budgets::numeric[]; v_cost numeric[] := p_cost::numeric[];
    v_most numeric[] := p_most::numeric[]; v_endless constant numeric[] := array[18446744073709551615,
    340282366920938463463374607431768211455];
    v_period bigint; v_periods bigint[] := '{}'; v_now numeric[]; v_new numeric[]; v_all numeric[] := '{}'; v_sum numeric;
begin
    select * into strict l from incog.ledger t where t.ledger = p_ledger for update;
    select r.sequence into sequence from incog.record r where r.ledger = p_ledger and r.attempt = p_attempt;
    if found then outcome := 'new'; return next; return; end if;
    perform 1 from incog.charge c where c.ledger = p_ledger and c.id = p_id;
    if found then outcome := 'known'; return next; return; end if;
    v_at := greatest(p_time, coalesce(l.latest, p_time));
    pause := v_at - coalesce(l.latest, v_at);
    if pause > p_pause then
        foreach v_every in array p_renewing loop
            if v_at / v_every > l.latest / v_every then outcome := 'clock'; return next; return; end if;
        end loop;
    end if;
    for i in 1..cardinality(p_numbers) loop
        v_period := case when p_every[i] = 0 then 0 else v_at / p_every[i] end;
        select m.period, m.spent into v_every, v_now from incog.meter m
            where m.ledger = p_ledger and m.number = p_numbers[i] and m.subject = p_subjects[i];
        if (case when found then not incog.is_meter(v_now, v_parts) else p_numbers[i] = 0 end) then
            raise exception 'a meter is missing or damaged' using errcode = 'data_corrupted';
        end if;
        if not found or v_every < v_period then v_now := array_fill(0::numeric, array[v_parts]);
        else v_period := v_every; end if;
        v_new := '{}';
        for j in 1..v_parts loop
            v_sum := v_now[j] + v_cost[j];
            if v_sum > v_most[j] and p_unlimited then v_sum := v_endless[1]; end if;
            if v_sum > v_budgets[(i - 1) * v_parts + j] or (v_sum > v_most[j] and not p_unlimited) then
                outcome := 'exceeded'; number := p_numbers[i]; spent := v_now::text[]; return next; return;
            end if;
            v_new := v_new || v_sum;
        end loop;
        v_periods := v_periods || v_period;
        v_all := v_all || v_new;
    end loop;
    if p_hash is not null and p_count is distinct from l.count then
        outcome := 'moved'; count := l.count; hash := l.hash; return next; return;
    end if;
    for i in 1..cardinality(p_numbers) loop
        insert into incog.meter as m (ledger, number, subject, period, spent)
            values (p_ledger, p_numbers[i], p_subjects[i], v_periods[i], v_all[(i - 1) * v_parts + 1 : i * v_parts])
            on conflict on constraint meter_pkey do update set period = excluded.period, spent = excluded.spent;
    end loop;
    sequence := incog.append(p_ledger, p_attempt, p_text, p_count, p_hash, v_at);
    insert into incog.charge (ledger, sequence, id, at) values (p_ledger, sequence, p_id, v_at);
    outcome := 'new';
    return next;
end $$;

create function incog.answer(
    p_ledger bigint, p_attempt bytea, p_sequence bigint, p_sealed bytea, p_text text, p_count bigint, p_hash bytea)
returns table (outcome text, count bigint, hash bytea) language plpgsql set search_path = pg_catalog as $$
begin
    select o.outcome, o.count, o.hash into outcome, count, hash from incog.opened(p_ledger, p_attempt, p_count, p_hash) o;
    if outcome <> 'open' then return next; return; end if;
    update incog.charge c set progress = 1, sealed = p_sealed
        where c.ledger = p_ledger and c.sequence = p_sequence and c.progress = 0;
    if not found then outcome := 'closed'; return next; return; end if;
    perform incog.append(p_ledger, p_attempt, p_text, p_count, p_hash, null);
    outcome := 'done';
    return next;
end $$;

create function incog.release(
    p_ledger bigint, p_attempt bytea, p_sequence bigint, p_text text, p_count bigint, p_hash bytea,
    p_numbers integer[], p_subjects text[], p_periods bigint[], p_cost text[])
returns table (outcome text, count bigint, hash bytea) language plpgsql set search_path = pg_catalog as $$
declare v_cost numeric[] := p_cost::numeric[];
begin
    select o.outcome, o.count, o.hash into outcome, count, hash from incog.opened(p_ledger, p_attempt, p_count, p_hash) o;
    if outcome <> 'open' then return next; return; end if;
    delete from incog.charge c where c.ledger = p_ledger and c.sequence = p_sequence and c.progress = 0;
    if not found then outcome := 'closed'; return next; return; end if;
    for i in 1..cardinality(p_numbers) loop
        perform 1 from incog.meter m where m.ledger = p_ledger and m.number = p_numbers[i] and m.subject = p_subjects[i]
            and not incog.is_meter(m.spent, cardinality(v_cost));
        if found then raise exception 'a meter is damaged' using errcode = 'data_corrupted'; end if;
        update incog.meter m set spent = (
            -- What is unlimited stays so.
            select array_agg(case when s = 18446744073709551615 then s else greatest(s - v_cost[j], 0) end order by j)
            from unnest(m.spent) with ordinality as u (s, j))
        where m.ledger = p_ledger and m.number = p_numbers[i] and m.subject = p_subjects[i] and m.period = p_periods[i];
    end loop;
    perform incog.append(p_ledger, p_attempt, p_text, p_count, p_hash, null);
    outcome := 'done';
    return next;
end $$;

create function incog.clock(
    p_ledger bigint, p_attempt bytea, p_text text, p_time bigint, p_count bigint, p_hash bytea)
returns table (outcome text, count bigint, hash bytea) language plpgsql set search_path = pg_catalog as $$
declare v_latest bigint;
begin
    select o.outcome, o.count, o.hash, o.latest into outcome, count, hash, v_latest
        from incog.opened(p_ledger, p_attempt, p_count, p_hash) o;
    if outcome <> 'open' then return next; return; end if;
    perform incog.append(p_ledger, p_attempt, p_text, p_count, p_hash, greatest(p_time, v_latest));
    outcome := 'done';
    return next;
end $$;";
