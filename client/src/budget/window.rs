//! What was sent of late, and when more may be sent: arithmetic on milliseconds of any one clock.

use std::collections::VecDeque;

/// How long a request counts, in milliseconds: the minute that the Store counts in, and a second for what was slow to get there.
pub(super) const WINDOW: i64 = 61_000;

/// The longest pause that a refusal may bring to all, in milliseconds. What asks for more is told to whoever asked.
pub(super) const LONGEST_PAUSE: i64 = 300_000;

/// The least time between two commits of add-ons while nothing was refused, in milliseconds.
const SHORTEST_GAP: i64 = 12_000;

/// The most that refusals stretch it to: the pace that was seen where the Store was at its slowest (O-040), in milliseconds.
const LONGEST_GAP: i64 = 240_000;

/// For how long after a commit of an add-on the pace is remembered, in milliseconds.
const MEMORY: i64 = 3_600_000;

/// What a request is for, as far as the budget is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// What somebody waits for.
    Work,
    /// The commit of an add-on, of which the Store takes fewer than of anything else (O-040).
    AddOnCommit,
    /// A look at how far a submission is: it can wait until there is room.
    Look,
}

/// What was sent within the last minute, and what the Store said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// When each request was sent, the oldest first.
    pub(super) sent: VecDeque<i64>,
    /// Nothing is sent before.
    pub(super) paused_until: i64,
    /// The last commit of an add-on.
    pub(super) last_commit: Option<i64>,
    /// The time between two of them.
    pub(super) commit_gap: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self { sent: VecDeque::new(), paused_until: i64::MIN, last_commit: None, commit_gap: SHORTEST_GAP }
    }
}

impl Window {
    /// When a request may be sent at the earliest; what is not after `now` may be sent now.
    pub(super) fn free_at(&mut self, now: i64, claim: Claim, most: usize) -> i64 {
        self.mend(now);
        let room = match claim {
            Claim::Work | Claim::AddOnCommit => most,
            // A fifth is left to those who do something, in whichever process they are.
            Claim::Look => most - most / 5,
        };
        let full = self.sent.len().checked_sub(room).and_then(|at| self.sent.get(at)).map(|sent| sent + WINDOW);
        let commit = self.last_commit.filter(|_| claim == Claim::AddOnCommit).map(|last| last + self.commit_gap);
        self.paused_until.max(full.unwrap_or(i64::MIN)).max(commit.unwrap_or(i64::MIN))
    }

    /// Counts a request.
    pub(super) fn note(&mut self, now: i64, claim: Claim) {
        self.sent.push_back(now);
        if claim == Claim::AddOnCommit {
            self.last_commit = Some(now);
            // Back to the usual pace in small steps: some fifty commits from the slowest.
            self.commit_gap = (self.commit_gap - self.commit_gap / 16).max(SHORTEST_GAP);
        }
    }

    /// The Store had no room for a request, and asks to wait for so long.
    pub(super) fn refused(&mut self, now: i64, claim: Claim, pause: i64) {
        self.mend(now);
        self.paused_until = self.paused_until.max(now + pause.clamp(0, LONGEST_PAUSE));
        if claim == Claim::AddOnCommit {
            self.last_commit.get_or_insert(now);
            self.commit_gap = self.commit_gap.saturating_mul(2).min(LONGEST_GAP);
        }
    }

    /// Forgets what does not count any more, and what cannot be. A clock that was set back leaves times that lie ahead: they count
    /// as of now, so that nobody waits longer than the longest that there is to wait for.
    fn mend(&mut self, now: i64) {
        for sent in &mut self.sent {
            *sent = (*sent).min(now);
        }
        self.sent.retain(|sent| now - *sent < WINDOW);
        self.sent.make_contiguous().sort_unstable();
        self.paused_until = self.paused_until.min(now + LONGEST_PAUSE);
        self.last_commit = self.last_commit.map(|last| last.min(now)).filter(|last| now - *last < MEMORY);
        self.commit_gap =
            if self.last_commit.is_some() { self.commit_gap.clamp(SHORTEST_GAP, LONGEST_GAP) } else { SHORTEST_GAP };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Claim::{AddOnCommit, Look, Work};

    #[test]
    fn no_window_holds_more_than_its_share() {
        let mut window = Window::default();
        let (mut now, mut times) = (0, Vec::new());
        for _ in 0..65 {
            now = now.max(window.free_at(now, Work, 20));
            window.note(now, Work);
            times.push(now);
        }
        assert_eq!((times[19], times[20], times[64]), (0, WINDOW, 3 * WINDOW));
        assert!(window.sent.len() <= 21);
    }

    #[test]
    fn a_fifth_is_kept_for_those_who_do_something() {
        let mut window = Window::default();
        for _ in 0..16 {
            assert!(window.free_at(0, Look, 20) <= 0);
            window.note(0, Look);
        }
        assert_eq!(window.free_at(0, Look, 20), WINDOW);
        assert!(window.free_at(0, Work, 20) <= 0);
        // Where there is next to nothing to share, looks still come through.
        assert!(Window::default().free_at(0, Look, 1) <= 0);
    }

    #[test]
    fn commits_of_add_ons_slow_down_when_they_are_refused_and_recover_slowly() {
        let mut window = Window::default();
        window.note(0, AddOnCommit);
        assert_eq!(window.free_at(0, AddOnCommit, 20), SHORTEST_GAP);
        assert!(window.free_at(0, Work, 20) <= 0, "the rest goes on");
        let mut gaps = Vec::new();
        for _ in 0..7 {
            window.refused(0, AddOnCommit, 0);
            gaps.push(window.commit_gap);
        }
        assert_eq!(gaps, [24_000, 48_000, 96_000, 192_000, 240_000, 240_000, 240_000]);
        let mut now = 0;
        let commits = (1..).find(|_| {
            now = now.max(window.free_at(now, AddOnCommit, 20));
            window.note(now, AddOnCommit);
            window.commit_gap == SHORTEST_GAP
        });
        assert!(commits.is_some_and(|commits| (20..80).contains(&commits)), "{commits:?}");
    }

    #[test]
    fn a_refusal_pauses_all_and_not_for_ever() {
        let mut window = Window::default();
        window.refused(1000, Work, 14_000);
        window.refused(2000, Work, 3_000);
        assert_eq!(window.free_at(2000, Look, 20), 15_000);
        window.refused(2000, Work, i64::MAX);
        assert_eq!(window.free_at(2000, Work, 20), 2000 + LONGEST_PAUSE);
    }

    /// Wherever the clock goes, nobody waits for longer than a pause, and a window is never overfull by what this clock has seen.
    #[test]
    fn a_clock_that_jumps_is_survived() {
        for jump in [-86_400_000_000, -3_600_000, -61_000, -1, 1, 59_000, 3_600_000, i64::from(u32::MAX) * 1000] {
            let mut window = Window::default();
            let now = 1_700_000_000_000;
            for _ in 0..20 {
                window.note(now, AddOnCommit);
            }
            window.refused(now, AddOnCommit, 20_000);
            let after = now + jump;
            let wait = window.free_at(after, AddOnCommit, 20) - after;
            assert!(wait <= LONGEST_PAUSE, "{jump}: {wait}");
            let wait = window.free_at(after, Work, 20) - after;
            assert!(jump < -20_000 || wait <= WINDOW, "{jump}: {wait}");
            let later = after + LONGEST_PAUSE;
            assert!(window.free_at(later, AddOnCommit, 20) <= later, "{jump}");
        }
    }
}
