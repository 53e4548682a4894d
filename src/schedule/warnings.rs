//! What a schedule says that is accepted, but may not be what was meant.

use super::cron::Cron;
use super::field::{Field, Member, Place};
use super::time::Time;
use super::zone::Zone;
use super::{Kind, Schedule};

/// One sentence for each doubt, the gravest first.
pub(super) fn warnings(schedule: &Schedule, zone: &Zone, now: Time) -> Vec<String> {
    let mut found = Vec::new();
    let ends = schedule.next_after(now, zone, now).is_none();
    match &schedule.kind {
        Kind::Reboot | Kind::Every(_) => {}
        Kind::At(moment) if ends => {
            let zone = schedule.zone.as_ref().unwrap_or(zone);
            found.push(match moment.time(zone) {
                Some(_) => format!("never runs: {} is past", moment.in_words()),
                None => format!(
                    "never runs: {} does not exist in {}",
                    moment.in_words(),
                    zone.name()
                ),
            });
        }
        Kind::At(_) => {}
        Kind::Cron(cron) => {
            if ends {
                found.push("never runs: no date in the next 50 years matches".to_owned());
            }
            found.extend(each_second(cron));
            found.extend(either_day(cron));
            found.extend(cron.fields().iter().flat_map(steps));
        }
    }
    found
}

/// `* 30 3 * * *`: a line of five fields that got a star too many.
fn each_second(cron: &Cron) -> Option<String> {
    let doubtful = cron.second().is_full() && !cron.minute().is_full();
    doubtful.then(|| {
        format!(
            "runs 60 times in each minute that matches, for the second field is `*`: write `0 {} ...` to run once",
            cron.minute()
        )
    })
}

fn either_day(cron: &Cron) -> Option<String> {
    cron.either_day_matches().then(|| {
        format!(
            "both day fields are given: it runs on a day that either `{}` or `{}` matches",
            cron.day_of_month(),
            cron.day_of_week()
        )
    })
}

/// Steps that do not divide their field, or that leave it at once.
fn steps(field: &Field) -> Vec<String> {
    let place = field.place;
    let size = u32::from(place.last() - place.first()) + 1;
    let doubt = |member: &Member| match *member {
        Member::Star { step } if step >= size && step > 1 => Some(format!(
            "`{member}` in the {} field is {} only: the step is past the field's end",
            place.name(),
            place.first()
        )),
        Member::Star { step } if size % step != 0 || (place == Place::DayOfMonth && step > 1) => {
            Some(format!(
                "`{member}` in the {} field is uneven: it starts over at {} each {}",
                place.name(),
                place.first(),
                cycle(place)
            ))
        }
        Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. }
        | Member::LastDay { .. }
        | Member::LastWeekday
        | Member::Nearest { .. }
        | Member::Nth { .. }
        | Member::LastOf { .. } => None,
    };
    if field.is_full() {
        return Vec::new();
    }
    field.members.iter().filter_map(doubt).collect()
}

/// What a field goes through before it starts over.
fn cycle(place: Place) -> &'static str {
    match place {
        Place::Second => "minute",
        Place::Minute => "hour",
        Place::Hour => "day",
        Place::DayOfMonth => "month",
        Place::Month => "year",
        Place::DayOfWeek => "week",
    }
}
