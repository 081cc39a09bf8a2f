//! The rate budget: the Store allows a tenant about twenty requests a minute.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// The window that the Store counts in.
const WINDOW: Duration = Duration::from_secs(60);

/// How many requests may be sent in any minute (O-023). Whoever asks for more waits in line.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl Budget {
    /// What the Store allows a tenant.
    pub const PER_MINUTE: usize = 20;

    /// A budget of so many requests in any minute, at least one.
    pub fn per_minute(most: usize) -> Self {
        Self { most: most.max(1), sent: Mutex::new(VecDeque::new()) }
    }

    /// Waits until one more request fits, and counts it.
    pub(crate) async fn take(&self) {
        let mut sent = self.sent.lock().await;
        while sent.len() >= self.most {
            if let Some(oldest) = sent.pop_front() {
                sleep_until(oldest + WINDOW).await;
            }
        }
        sent.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_its_share() {
        let budget = Budget::per_minute(20);
        let started = Instant::now();
        let mut times = Vec::new();
        for _ in 0..65 {
            budget.take().await;
            times.push(started.elapsed());
        }
        for window in times.windows(21) {
            assert!(window[20] - window[0] >= WINDOW, "{window:?}");
        }
        assert_eq!(times[19], Duration::ZERO);
        assert_eq!(times[64].as_secs(), 180);
    }
}
