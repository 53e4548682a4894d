#!/usr/bin/env python3
"""Compares the schedules of `jobs` with two independent implementations.

    python3 tests/differential/compare.py JOBS [SEED]

Thousands of generated schedules, zones and instants are evaluated by `jobs next --batch --json`, by cronsim (which
imitates Debian's cron, with clock changes) and by croniter. Each difference is printed and makes the exit status 1,
except for the known disagreements in the table below. The seed is printed; the same seed makes the same cases.

Known disagreements, and the rule of `jobs`. The cases that they affect are left out and counted, or translated.

| case | the other program | jobs | the rule |
|---|---|---|---|
| six fields and a clock change | cronsim: no special treatment of fixed jobs | as with five fields | a schedule with seconds follows the rules of a crontab line |
| `N/step` in the day of the week | cronsim: to 7, which is Sunday | to Saturday | a field ends with its last value |
| `4-4/6`, `4-4` | cronsim: `4/6`, croniter: `*` | `4` | a range ends at its last value |
| an interval job and a clock change of half an hour, or not at a full hour, or at midnight | cronsim: steps by whole hours, loses or repeats a part | each time that the clock shows | compared with a walk minute by minute in `src/schedule/tests/oracle.rs` |
| `L-3`, `15W`, `FRIL` in cronsim | only `5L` is accepted | accepted | compared with croniter instead |
| a gap of three hours or more | cronsim: runs the skipped jobs | counts as a new time | Debian's cron runs nothing |
| a repeated time that has begun | cronsim: runs again, later | once | a fixed job runs only the first time |
| `*/2` in one day field | croniter: either day (unless its option for cron's "bug" is on) | both must match | Debian's cron checks for the star |
| last weekday | croniter: `L5` | `5L` | translated |
| a step past the range | croniter: refused | the first value | the step matches no second value |
| clock changes | croniter: rules of its own | the rules of Debian | croniter is compared only where no clock changes |
"""

import json
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter
from cronsim import CronSim, CronSimError

UTC = timezone.utc
COUNT = 6

# Zones, each with days around a clock change.
ZONES = {
    "UTC": ["2026-02-27", "2028-02-28", "2037-12-31", "2038-01-18", "2099-12-30", "2100-02-27"],
    "America/New_York": ["2026-03-07", "2026-10-31", "2030-03-09", "2007-03-10"],
    "Europe/London": ["2026-03-28", "2026-10-24"],
    "Europe/Berlin": ["2026-03-28", "2026-10-24"],
    "Australia/Sydney": ["2026-04-04", "2026-10-03"],
    "Australia/Lord_Howe": ["2026-04-04", "2026-10-03"],
    "America/Sao_Paulo": ["2017-10-14", "2018-02-17"],
    "America/St_Johns": ["2026-03-07", "2026-10-31"],
    "Asia/Kathmandu": ["2026-05-01"],
    "Asia/Shanghai": ["2026-05-01", "1986-05-03", "1991-09-14"],
    "Asia/Tehran": ["2021-03-21", "2021-09-20"],
    "Africa/Casablanca": ["2026-02-14", "2026-03-21"],
    "Pacific/Chatham": ["2026-04-04", "2026-09-26"],
}


def value(rng, first, last, names=None):
    number = rng.randint(first, last)
    if names and rng.random() < 0.4:
        return rng.choice([str.upper, str.lower, str.title])(names[number - first])
    return str(number)


def plain_field(rng, first, last, names=None, onward=True, long_steps=True):
    """A list of values, ranges and steps."""
    members = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        low = rng.randint(first, last)
        high = rng.randint(low, last)
        step = rng.randint(1, last - first + (4 if long_steps else 0))
        kind = rng.randrange(6 if onward else 5)
        if kind == 0:
            members.append("*")
        elif kind == 1:
            members.append(f"*/{step}")
        elif kind == 2 and low < high:
            members.append(f"{low}-{high}")
        elif kind == 3 and low < high:
            members.append(f"{low}-{high}/{step}")
        elif kind == 5:
            members.append(f"{low}/{step}")
        else:
            members.append(value(rng, first, last, names))
    return ",".join(members)


MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()


def fields(rng, dense):
    """Minute, hour, month. Dense ones match so often that some fall into a clock change."""
    minute = plain_field(rng, 0, 59)
    hour = plain_field(rng, 0, 4 if dense and rng.random() < 0.7 else 23)
    month = "*" if dense or rng.random() < 0.6 else plain_field(rng, 1, 12, MONTHS)
    return minute, hour, month


def for_cronsim(rng, dense):
    minute, hour, month = fields(rng, dense)
    day, weekday = "*", "*"
    if not dense or rng.random() < 0.3:
        day = rng.choice([plain_field(rng, 1, 31), "L", "LW", "1,L", "*/2", "*"])
    if not dense or rng.random() < 0.3:
        weekday = rng.choice(
            [
                plain_field(rng, 0, 6, DAYS, onward=False),
                f"{rng.randint(0, 7)}#{rng.randint(1, 5)}",
                f"{rng.randint(0, 7)}L",
                "1-7",
                "*",
                "*/2",
            ]
        )
    line = f"{minute} {hour} {day} {month} {weekday}"
    return f"{plain_field(rng, 0, 59)} {line}" if not dense and rng.random() < 0.4 else line


def for_croniter(rng):
    """The line in the syntax of jobs and in that of croniter."""
    narrow = dict(onward=False, long_steps=False)
    minute = plain_field(rng, 0, 59, **narrow)
    hour = plain_field(rng, 0, 23, **narrow)
    month = rng.choice(["*", "*", plain_field(rng, 1, 12, MONTHS, **narrow)])
    day, weekday = "*", "*"
    theirs = weekday
    kind = rng.randrange(5)
    if kind == 0:
        day = rng.choice(["L", f"{rng.randint(1, 28)}W", plain_field(rng, 1, 31, **narrow)])
    elif kind == 1:
        number = rng.randint(0, 6)
        weekday, theirs = f"{number}L", f"L{number}"
    elif kind == 2:
        weekday = theirs = f"{rng.choice(DAYS)}#{rng.randint(1, 5)}"
    elif kind == 3:
        # Both day fields are restricted: a day that matches either of them matches.
        day = str(rng.randint(1, 31))
        weekday = theirs = value(rng, 0, 6, DAYS)
    second = rng.choice([None, plain_field(rng, 0, 59, **narrow)])
    line = f"{minute} {hour} {day} {month}"
    if second is None:
        return f"{line} {weekday}", f"{line} {theirs}"
    return f"{second} {line} {weekday}", f"{second} {line} {theirs}"


def instant(rng, zone):
    base = datetime.fromisoformat(rng.choice(ZONES[zone])).replace(tzinfo=UTC)
    return base + timedelta(seconds=rng.randint(0, 2 * 86400))


def cronsim(line, zone, start):
    found = []
    try:
        runs = CronSim(line, start.astimezone(ZoneInfo(zone) if zone != "UTC" else UTC))
        for run in runs:
            found.append(run.astimezone(UTC))
            if len(found) == COUNT:
                break
    except CronSimError:
        # cronsim refuses an expression that never matches; for jobs it has no next run.
        return []
    return found


def theirs(line, start):
    try:
        runs = croniter(line, start, second_at_beginning=len(line.split()) == 6)
        return [runs.get_next(datetime).astimezone(UTC) for _ in range(COUNT)]
    except ValueError:
        # The search of croniter ends after some years.
        return None


def is_stepped_over(line, zone):
    """Whether cronsim steps by whole hours over a clock change of half an hour, at a quarter to three or at midnight."""
    minute, hour = line.split()[-5:-3]
    is_interval = minute.startswith("*") or hour.startswith("*")
    return is_interval and zone in (
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/Sao_Paulo",
        "Asia/Tehran",
    )


def repeats(zone, start):
    """Whether the clock has shown the time of `start` before."""
    if zone == "UTC":
        return False
    return start.astimezone(ZoneInfo(zone)).fold == 1


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    cases = []
    for _ in range(4000):
        zone = rng.choice(list(ZONES))
        line = for_cronsim(rng, dense=True)
        cases.append(("cronsim", line, line, zone, instant(rng, zone)))
    for _ in range(3000):
        line = for_cronsim(rng, dense=False)
        cases.append(("cronsim", line, line, "UTC", instant(rng, "UTC")))
    for _ in range(3000):
        ours, other = for_croniter(rng)
        cases.append(("croniter", ours, other, "UTC", instant(rng, "UTC")))
    asked = "".join(
        json.dumps({"expr": ours, "tz": zone, "from": start.isoformat(), "count": COUNT}) + "\n"
        for _, ours, _, zone, start in cases
    )
    answers = subprocess.run(
        [program, "next", "--batch", "--json"], input=asked, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(answers) == len(cases), f"{len(answers)} answers to {len(cases)} questions"
    passed, failed, left_out = 0, 0, {}
    for (peer, ours, other, zone, start), answer in zip(cases, answers):
        answer = json.loads(answer)
        found = [datetime.fromisoformat(at).astimezone(UTC) for at in answer.get("next", [])]
        expected = cronsim(other, zone, start) if peer == "cronsim" else theirs(other, start)
        why = None
        if expected is None:
            why = "the search of croniter has ended"
        elif repeats(zone, start):
            why = "a repeated time has begun"
        elif is_stepped_over(ours, zone) and found != expected:
            why = "cronsim steps by whole hours over an odd change"
        if why:
            left_out[why] = left_out.get(why, 0) + 1
            continue
        # The other program may search fewer years than our 50.
        if "error" not in answer and (found == expected or (not expected and not found)):
            passed += 1
            continue
        failed += 1
        if failed <= 20:
            print(f"\n{peer}: `{ours}` in {zone} after {start.isoformat()}")
            print("  jobs: ", answer.get("error") or [at.isoformat() for at in found])
            print("  other:", [at.isoformat() for at in expected])
    for why, count in sorted(left_out.items()):
        print(f"left out: {count}, {why}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
