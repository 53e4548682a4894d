//! `jobs top` at a terminal: a screen with the jobs, what runs and what fails, and the log of an execution.
//!
//! The main thread waits for messages: keys, answers of the daemon, signals. It never waits for the daemon, so a key is answered at
//! once. `state` decides what a key does, without a terminal and without a daemon; `draw` shows the state; `feed` calls the daemon.

mod draw;
mod feed;
mod keys;
mod log;
mod parts;
mod screen;
mod state;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::out::Out;
use super::{Context, DONE, overview};
use feed::Feed;
use jobs_clock::now;
use screen::Screen;
use state::{Effect, Message, State};

/// How often times such as `in 31 s` are drawn again while something is due within a minute; otherwise each minute.
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The screen at a terminal; elsewhere, and with `--json`, a table of what runs.
pub fn top(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return overview::running(context, out);
    }
    // Before the screen is opened, so that an error is printed as always.
    drop(context.client()?);
    let (sender, messages) = mpsc::channel();
    let mut screen = Screen::open(&sender)?;
    let mut feed = Feed::start(context, &sender)?;
    let mut state = State::new(now());
    feed.apply(&state.begin());
    let ended = run(&mut state, &mut screen, &mut feed, &messages);
    screen.close();
    ended
}

fn run(
    state: &mut State,
    screen: &mut Screen,
    feed: &mut Feed,
    messages: &mpsc::Receiver<Message>,
) -> anyhow::Result<i32> {
    loop {
        state.now = now();
        screen.draw(|frame| draw::draw(frame, state))?;
        let next = Instant::now() + if state.is_counting() { SECOND } else { MINUTE };
        let mut message =
            match messages.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(message) => Some(message),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(DONE),
            };
        // All that has come is taken before the screen is drawn once.
        while let Some(one) = message {
            state.now = now();
            for effect in state.take(one) {
                match effect {
                    Effect::Quit(code) => return Ok(code),
                    Effect::Suspend => screen.suspend()?,
                    effect => feed.apply(&[effect]),
                }
            }
            message = messages.try_recv().ok();
        }
    }
}
