//! The terminal: opened for the screen, and left as it was found, also after a signal or a panic.

use std::io::{self, Stdout};
use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::{self, Event, KeyEventKind};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

use super::state::Message;

/// The open screen.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Opens the screen, and starts the threads that wait for keys and signals.
    ///
    /// # Errors
    ///
    /// When the terminal, or the system for a thread, refuses.
    pub fn open(messages: &Sender<Message>) -> io::Result<Screen> {
        wait_for_signals(messages)?;
        enter()?;
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave();
            shown(panic);
        }));
        let messages = messages.clone();
        thread::Builder::new()
            .name("top-keys".into())
            .spawn(move || wait_for_keys(&messages))
            .inspect_err(|_| leave())?;
        let terminal =
            Terminal::new(CrosstermBackend::new(io::stdout())).inspect_err(|_| leave())?;
        Ok(Screen { terminal })
    }

    /// Draws what has changed.
    pub fn draw(&mut self, body: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(body).map(drop)
    }

    /// Leaves the terminal to the shell until the program is continued.
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        #[cfg(unix)]
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        enter()?;
        self.terminal.clear()
    }

    pub fn close(&mut self) {
        // `leave` shows the cursor too; the library remembers that it was hidden.
        let _ = self.terminal.show_cursor();
        leave();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, crossterm::cursor::Hide).inspect_err(|_| leave())
}

/// Leaves the screen. A terminal that has gone cannot be restored, so errors are ignored.
fn leave() {
    let _ = execute!(io::stdout(), LeaveAlternateScreen, crossterm::cursor::Show);
    let _ = disable_raw_mode();
}

fn wait_for_keys(messages: &Sender<Message>) {
    loop {
        let message = match event::read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => Message::Key(key),
            Ok(Event::Resize(..)) => Message::Resized,
            Ok(_) => continue,
            // The terminal has gone.
            Err(_) => Message::Signal(HANGUP),
        };
        let is_end = matches!(message, Message::Signal(_));
        if messages.send(message).is_err() || is_end {
            return;
        }
    }
}

/// The number of SIGHUP.
const HANGUP: i32 = 1;

#[cfg(unix)]
fn wait_for_signals(messages: &Sender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    let messages = messages.clone();
    thread::Builder::new()
        .name("top-signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if messages.send(Message::Signal(signal)).is_err() {
                    return;
                }
            }
        })
        .map(drop)
}

#[cfg(not(unix))]
fn wait_for_signals(_: &Sender<Message>) -> io::Result<()> {
    Ok(())
}
