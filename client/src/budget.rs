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
        while let Some(oldest) = sent.front().copied().filter(|_| sent.len() >= self.most) {
            // Forgotten after the wait and not before: a caller who gives up in it must not make room.
            sleep_until(oldest + WINDOW).await;
            sent.pop_front();
        }
        sent.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_waiting_makes_no_room() {
        let budget = Budget::per_minute(2);
        budget.take().await;
        budget.take().await;
        let started = Instant::now();
        for _ in 0..5 {
            assert!(tokio::time::timeout(Duration::from_secs(1), budget.take()).await.is_err());
        }
        budget.take().await;
        assert_eq!(started.elapsed(), WINDOW);
    }

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
