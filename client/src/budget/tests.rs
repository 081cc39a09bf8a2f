//! The budget as those meet it who wait in it, in one process and in several.

use super::*;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

async fn take(budget: &Budget, claim: Claim) {
    budget.take(claim, &Pulse::default()).await;
}

const MINUTE: Duration = Duration::from_millis(WINDOW.unsigned_abs());

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_waiting_makes_no_room() {
    let budget = Budget::per_minute(2);
    take(&budget, Claim::Work).await;
    take(&budget, Claim::Work).await;
    let started = Instant::now();
    for _ in 0..5 {
        assert!(tokio::time::timeout(Duration::from_secs(1), take(&budget, Claim::Work)).await.is_err());
    }
    take(&budget, Claim::Work).await;
    assert_eq!(started.elapsed(), MINUTE);
}

#[tokio::test(start_paused = true)]
async fn no_minute_holds_more_than_its_share() {
    let budget = Budget::per_minute(20);
    let started = Instant::now();
    let mut times = Vec::new();
    for _ in 0..65 {
        take(&budget, Claim::Work).await;
        times.push(started.elapsed());
    }
    for window in times.windows(21) {
        assert!(window[20] - window[0] >= Duration::from_secs(60), "{window:?}");
    }
    assert_eq!((times[19], times[64]), (Duration::ZERO, 3 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn looks_give_way_to_work_that_came_later() {
    let budget = Arc::new(Budget::per_minute(5));
    for _ in 0..5 {
        take(&budget, Claim::Work).await;
    }
    let order = Arc::new(StdMutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for claim in [Claim::Look, Claim::Look, Claim::Work, Claim::Work] {
        let (budget, order) = (Arc::clone(&budget), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            take(&budget, claim).await;
            order.lock().unwrap().push(claim);
        }));
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [Claim::Work, Claim::Work, Claim::Look, Claim::Look]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_of_an_add_on_that_waits_holds_nobody_up() {
    let budget = Budget::per_minute(20);
    take(&budget, Claim::AddOnCommit).await;
    let started = Instant::now();
    let commit = async {
        take(&budget, Claim::AddOnCommit).await;
        started.elapsed()
    };
    let others = async {
        tokio::task::yield_now().await;
        take(&budget, Claim::Work).await;
        take(&budget, Claim::Look).await;
        started.elapsed()
    };
    let (commit, others) = tokio::join!(commit, others);
    assert_eq!((commit.as_secs(), others), (12, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn what_one_is_refused_all_wait_for() {
    let budget = Budget::per_minute(20);
    let started = Instant::now();
    let waiting = async {
        tokio::task::yield_now().await;
        take(&budget, Claim::Work).await;
        take(&budget, Claim::Look).await;
    };
    tokio::join!(budget.refused(Claim::Look, Duration::from_secs(14)), waiting);
    assert_eq!(started.elapsed(), Duration::from_secs(14));
    budget.refused(Claim::Work, Duration::MAX).await;
    take(&budget, Claim::Work).await;
    assert_eq!(started.elapsed(), Duration::from_secs(14 + 300), "no refusal stops us for ever");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_says_until_when() {
    let (budget, pulse) = (Budget::per_minute(1), Pulse::default());
    let mut wait = pulse.wait();
    take(&budget, Claim::Work).await;
    let started = Instant::now();
    let seen = async {
        wait.changed().await.unwrap();
        wait.borrow_and_update().clone()
    };
    let (seen, ()) = tokio::join!(seen, budget.take(Claim::Work, &pulse));
    assert_eq!(seen, Wait::Budget { until: started + MINUTE });
    assert_eq!(*wait.borrow(), Wait::Nothing);
}

/// Two budgets on one file are two processes; the machine's clock goes with Tokio's, and jumps where a test says so.
struct Machine {
    folder: TempDir,
    jumped: Arc<AtomicI64>,
    began: Instant,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), jumped: Arc::default(), began: Instant::now() }
    }

    fn process(&self, most: usize) -> Budget {
        let (jumped, began) = (Arc::clone(&self.jumped), self.began);
        let clock = move || {
            let elapsed = i64::try_from(began.elapsed().as_millis()).unwrap();
            1_763_000_000_000 + elapsed + jumped.load(Ordering::Relaxed)
        };
        Budget::per_minute(most).shared_by(self.folder.path().join("budget"), Arc::new(clock))
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_one_minute() {
    let machine = Machine::new();
    let times = StdMutex::new(Vec::new());
    let work = async |budget: Budget| {
        for _ in 0..35 {
            take(&budget, Claim::Work).await;
            times.lock().unwrap().push(machine.began.elapsed());
        }
    };
    tokio::join!(work(machine.process(20)), work(machine.process(20)));
    let times = times.into_inner().unwrap();
    assert_eq!(times.len(), 70);
    for window in times.windows(21) {
        assert!(window[20] - window[0] >= Duration::from_secs(60), "{window:?}");
    }
    assert!(times[69] <= 3 * MINUTE + Duration::from_secs(2), "{:?}", times[69]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_heard_of_in_the_other_process() {
    let machine = Machine::new();
    let (one, other) = (machine.process(20), machine.process(20));
    one.refused(Claim::Work, Duration::from_secs(30)).await;
    take(&other, Claim::Work).await;
    assert_eq!(machine.began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn looks_of_one_process_leave_room_for_the_work_of_another() {
    let machine = Machine::new();
    let (looks, work) = (machine.process(20), machine.process(20));
    let look = async {
        for _ in 0..40 {
            take(&looks, Claim::Look).await;
        }
    };
    let some = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let began = Instant::now();
        for _ in 0..4 {
            take(&work, Claim::Work).await;
        }
        began.elapsed()
    };
    let ((), waited) = tokio::join!(look, some);
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

/// The machine's clock may go anywhere while processes wait: each of them keeps what it has sent itself, and nobody waits for ever.
#[tokio::test(start_paused = true)]
async fn clocks_that_jump_neither_stop_nor_flood() {
    for jump in [-86_400_000, -30_000, 30_000, 86_400_000] {
        let machine = Machine::new();
        let one = machine.process(20);
        let mut times = Vec::new();
        for number in 0..60 {
            if number == 25 {
                machine.jumped.fetch_add(jump, Ordering::Relaxed);
            }
            take(&one, Claim::Work).await;
            times.push(machine.began.elapsed());
        }
        for window in times.windows(21) {
            assert!(window[20] - window[0] >= Duration::from_secs(60), "{jump}: {window:?}");
        }
        assert!(times[59] <= 5 * MINUTE, "{jump}: {:?}", times[59]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_file_it_is_the_processs_own() {
    let machine = Machine::new();
    std::fs::create_dir(machine.folder.path().join("budget")).unwrap();
    let budget = machine.process(2);
    let started = Instant::now();
    for _ in 0..3 {
        take(&budget, Claim::Work).await;
    }
    budget.refused(Claim::Work, Duration::from_secs(1)).await;
    take(&budget, Claim::Work).await;
    assert_eq!(started.elapsed().as_secs(), MINUTE.as_secs() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_never_gives_the_file_back_does_not_stop_the_others() {
    let machine = Machine::new();
    let budget = machine.process(20);
    take(&budget, Claim::Work).await;
    let held = std::fs::File::open(machine.folder.path().join("budget")).unwrap();
    held.lock().unwrap();
    let started = Instant::now();
    take(&budget, Claim::Work).await;
    assert_eq!(started.elapsed(), MOMENT * PATIENCE);
}

#[test]
fn calls_are_told_apart_by_what_they_are_for() {
    let claim = |method, path: &str| {
        Claim::of(&Route { method, path: path.to_owned(), effect: flightline_protocol::route::Effect::Read })
    };
    assert_eq!(claim(Method::Get, "applications/9N/submissions/1/status"), Claim::Look);
    assert_eq!(claim(Method::Get, "inappproducts/9N/submissions/1/STATUS/"), Claim::Look);
    assert_eq!(claim(Method::Get, "applications/9N/submissions/1"), Claim::Work);
    assert_eq!(claim(Method::Post, "inappproducts/9N/submissions/1/Commit"), Claim::AddOnCommit);
    assert_eq!(claim(Method::Post, "applications/9N/submissions/1/commit"), Claim::Work);
    assert_eq!(claim(Method::Post, "inappproducts/9N/submissions"), Claim::Work);
}
