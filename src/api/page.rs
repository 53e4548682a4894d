//! A page of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jobs::JobView;
use jobs_error::{Error, Result};
use jobs_model::ListCounts;

/// The largest page.
const LARGEST: u32 = 500;

/// A page of a list, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: u64,
    /// How many pages there are.
    pub pages_total: u64,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many a page holds.
    pub page_size: u32,
}

/// A page of the job list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobPage {
    /// The items of this page.
    pub items: Vec<JobView>,
    /// The number of items on all pages.
    pub total: u64,
    /// How many pages there are.
    pub pages_total: u64,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many a page holds.
    pub page_size: u32,
    /// With `counts`: the number of jobs in each choice of `only` that pass the other filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<ListCounts>,
}

impl JobPage {
    /// A page with these counts.
    pub fn of(page: Page<JobView>, counts: Option<ListCounts>) -> JobPage {
        JobPage {
            items: page.items,
            total: page.total,
            pages_total: page.pages_total,
            page: page.page,
            page_size: page.page_size,
            counts,
        }
    }
}

impl<T> Page<T> {
    /// All there is on one page.
    pub fn whole(items: Vec<T>) -> Page<T> {
        let total = items.len() as u64;
        Page {
            items,
            total,
            pages_total: 1,
            page: 1,
            page_size: u32::try_from(total).unwrap_or(u32::MAX),
        }
    }

    /// The entries on the page that was asked for.
    pub fn of(items: Vec<T>, total: u64, at: PageAt) -> Page<T> {
        Page {
            items,
            total,
            pages_total: total.div_ceil(u64::from(at.size)),
            page: at.page,
            page_size: at.size,
        }
    }
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAt {
    /// From 1.
    pub page: u32,
    pub size: u32,
}

impl PageAt {
    /// The page that `page` and `size` ask for; 0 counts as not given.
    pub fn given(page: Option<u32>, size: Option<u32>, default_size: u32) -> Result<PageAt> {
        let given = |number: Option<u32>| number.filter(|number| *number > 0);
        let size = given(size).unwrap_or(default_size);
        if size > LARGEST {
            return Err(Error::invalid(
                "size",
                format!("`{size}` is not in 1 to {LARGEST}"),
            ));
        }
        Ok(PageAt {
            page: given(page).unwrap_or(1),
            size,
        })
    }

    /// How many stand on the pages before.
    pub fn skipped(self) -> i64 {
        (i64::from(self.page) - 1) * i64::from(self.size)
    }
}
