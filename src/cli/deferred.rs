//! Deferred arguments: clap builds the arguments of a subcommand only when that subcommand was typed. This saves start-up
//! time.

use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The arguments of a subcommand, built when they are needed.
#[derive(Debug)]
pub struct Deferred<A>(pub A);

impl<A: Args> Args for Deferred<A> {
    fn augment_args(command: Command) -> Command {
        command.defer(with_args::<A>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }
}

impl<A: FromArgMatches> FromArgMatches for Deferred<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Deferred<A>, Error> {
        A::from_arg_matches(matches).map(Deferred)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Deferred<A>, Error> {
        A::from_arg_matches_mut(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// Adds the arguments to a subcommand. The help texts of the subcommand itself override those of the arguments, as they do
/// without deferring.
fn with_args<A: Args>(subcommand: Command) -> Command {
    let (about, long_about) = (
        subcommand.get_about().cloned(),
        subcommand.get_long_about().cloned(),
    );
    let after_help = subcommand.get_after_help().cloned();
    let complete = A::augment_args(subcommand);
    let after_help = after_help.or_else(|| complete.get_after_help().cloned());
    complete
        .about(Resettable::from(about))
        .long_about(Resettable::from(long_about))
        .after_help(Resettable::from(after_help))
}
