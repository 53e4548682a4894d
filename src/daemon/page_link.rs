//! Prints a link to the web page for a person who starts the daemon in the foreground at a terminal.

use super::build::Daemon;
use jobs_api::{Answer, Call, Caller, Handler, PageLink};
use jobs_service::Host;

/// Prints the link, if there is a page.
pub(super) async fn print(daemon: &Daemon) {
    let (service, host) = (daemon.service.clone(), daemon.host.clone());
    let printing = tokio::task::spawn_blocking(move || {
        if host.page_urls().is_err() {
            return;
        }
        match service.answer(
            &Caller::user(own_uid()),
            Call::PageLink(PageLink::default()),
        ) {
            Ok(Answer::PageLink(link)) => jobs_cli::print_page_link(&link),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "no link to the page can be made"),
        }
    });
    if let Err(error) = printing.await {
        tracing::error!(%error, "the link to the page can't be printed");
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn own_uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn own_uid() -> Option<u32> {
    None
}
