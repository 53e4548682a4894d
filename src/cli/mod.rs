//! stub
use crate::model::{ExecId, Execution};
pub struct LiveView;
impl LiveView {
    pub fn new() -> Self {
        LiveView
    }
    pub fn started(&self, job: &str, exec_id: ExecId) {
        eprintln!("{job} #{exec_id} started");
    }
    pub fn output(&self, job: &str, _: ExecId, _: bool, bytes: &[u8]) {
        if !bytes.is_empty() {
            print!("{job} | {}", String::from_utf8_lossy(bytes));
        }
    }
    pub fn ended(&self, job: &str, exec_id: ExecId, e: &Execution) {
        eprintln!("{job} #{exec_id} {}", e.status);
    }
}
