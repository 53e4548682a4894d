//! Tokens for programs.

use super::super::Service;
use crate::api::{NewToken, TokenAdd, TokenInfo, TokenRm};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn add_token(&self, _ask: TokenAdd) -> Result<NewToken> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn list_tokens(&self) -> Result<Vec<TokenInfo>> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn remove_token(&self, _ask: TokenRm) -> Result<TokenInfo> {
        Err(Error::Conflict("PENDING".into()))
    }
}
