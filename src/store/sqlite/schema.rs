//! The tables as diesel sees them; `migrations/` makes them.

diesel::table! {
    jobs (id) {
        id -> BigInt,
        name -> Text,
        desc -> Text,
        cron_expr -> Text,
        timezone -> Nullable<Text>,
        mode -> Text,
        command -> Text,
        allow_mode -> Integer,
        max_run_count -> BigInt,
        run_count -> BigInt,
        stopped -> Bool,
        catch_up -> Text,
        catch_up_window -> BigInt,
        alerts -> Nullable<Text>,
        origin -> Nullable<Text>,
        jitter -> BigInt,
        retries -> BigInt,
        retry_delay -> BigInt,
        retry_backoff -> Double,
        retry_max -> BigInt,
        start_at -> Nullable<BigInt>,
        end_at -> Nullable<BigInt>,
        stopped_from -> Nullable<BigInt>,
        stopped_until -> Nullable<BigInt>,
        skip_next -> BigInt,
        next_at -> Nullable<BigInt>,
        scheduled_at -> Nullable<BigInt>,
        anchor_at -> BigInt,
        claimed_until -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        tags -> Text,
    }
}

diesel::table! {
    job_tags (tag, job_id) {
        tag -> Text,
        job_id -> BigInt,
    }
}

diesel::table! {
    job_texts (block) {
        block -> BigInt,
        texts -> Binary,
    }
}

diesel::table! {
    job_runs (job_id) {
        job_id -> BigInt,
        last_exec -> Nullable<BigInt>,
        last_rank -> Nullable<Integer>,
        last_ended -> Nullable<BigInt>,
        last_took -> Nullable<BigInt>,
        ran_exec -> Nullable<BigInt>,
        streak -> BigInt,
        failing_since -> Nullable<BigInt>,
        is_slow -> Bool,
        usual_ms -> Nullable<BigInt>,
        recent -> Binary,
        has_run -> Bool,
    }
}

diesel::table! {
    slow_runs (ended_at, exec_id) {
        ended_at -> BigInt,
        exec_id -> BigInt,
        job_id -> BigInt,
        took_ms -> BigInt,
        usual_ms -> BigInt,
    }
}

diesel::table! {
    executions (exec_id) {
        exec_id -> BigInt,
        job_id -> BigInt,
        job_name -> Text,
        mode -> Text,
        source -> Text,
        status -> Text,
        exit_code -> Nullable<Integer>,
        scheduled_at -> BigInt,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        duration_ms -> Nullable<BigInt>,
        command -> Text,
        stdout -> Binary,
        stderr -> Binary,
        stdout_bytes -> BigInt,
        stderr_bytes -> BigInt,
        kept_bytes -> BigInt,
        in_file -> Bool,
        error -> Nullable<Text>,
        attempts -> Integer,
        cpu_ms -> Nullable<BigInt>,
        max_rss_bytes -> Nullable<BigInt>,
        count -> BigInt,
        jitter_ms -> Nullable<BigInt>,
        retry_of -> Nullable<BigInt>,
        retry_number -> BigInt,
        retries_left -> BigInt,
        waits_until -> Nullable<BigInt>,
        lease_owner -> Nullable<BigInt>,
        lease_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    facts (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    removed_jobs (job_id) {
        job_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(executions, jobs, job_runs);

diesel::table! {
    admins (id) {
        id -> BigInt,
        username -> Text,
        email -> Text,
        role -> Text,
        enabled -> Bool,
        password -> Text,
        generation -> BigInt,
        last_login -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        hash -> Text,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        secret -> Text,
        key -> Text,
        account -> Nullable<BigInt>,
        generation -> BigInt,
        uid -> Nullable<BigInt>,
        role -> Text,
        made_at -> BigInt,
        seen_at -> BigInt,
        until -> BigInt,
        address -> Nullable<Text>,
        agent -> Text,
    }
}

diesel::table! {
    channels (id) {
        id -> BigInt,
        name -> Text,
        preset -> Text,
        settings -> Text,
        created_at -> BigInt,
        created_by -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    networks (list, network) {
        list -> Text,
        network -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        transport -> Text,
        who -> Text,
        address -> Nullable<Text>,
        operation -> Text,
        target -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        outcome -> Text,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    audit_jobs (job_id, audit_id) {
        job_id -> BigInt,
        audit_id -> BigInt,
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(audit, audit_jobs);

diesel::table! {
    alert_rules (id) {
        id -> BigInt,
        name -> Text,
        matches -> Text,
        tags -> Text,
        conditions -> Text,
        channels -> Text,
        severity -> Text,
        escalate_to -> Nullable<Text>,
        escalate_after -> Nullable<BigInt>,
        made_at -> BigInt,
    }
}

diesel::table! {
    alerts (id) {
        id -> BigInt,
        job_id -> BigInt,
        job_name -> Text,
        condition -> Text,
        signature -> Text,
        severity -> Text,
        reason -> Text,
        opened_at -> BigInt,
        last_at -> BigInt,
        count -> BigInt,
        exec_id -> Nullable<BigInt>,
        told_at -> Nullable<BigInt>,
        channels -> Text,
        acked_at -> Nullable<BigInt>,
        acked_by -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    alert_times (kind, job_id, of) {
        kind -> Text,
        job_id -> BigInt,
        of -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    notices (id) {
        id -> BigInt,
        alert_id -> BigInt,
        job_id -> BigInt,
        job_name -> Text,
        condition -> Text,
        severity -> Text,
        event -> Text,
        channel -> Text,
        matter -> Text,
        made_at -> BigInt,
        due_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        state -> Text,
        tries -> BigInt,
        over_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    channel_hours (channel) {
        channel -> Text,
        quiet -> Text,
        max_per_hour -> BigInt,
    }
}
