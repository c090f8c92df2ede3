// waits_rust ROUNDS MS: known waits for the locks of Rust's standard library, which are futexes.
// Prints as tests/truth/programs/waits.h says.
use std::hint::black_box;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, RwLock};
use std::thread;
use std::time::{Duration, Instant};

static M: Mutex<u64> = Mutex::new(0);
static R: RwLock<u64> = RwLock::new(0);
static C: Condvar = Condvar::new();
static TOLD: Mutex<bool> = Mutex::new(false);
static WAITING: AtomicI32 = AtomicI32::new(0);
static NS: AtomicU64 = AtomicU64::new(0);
static N: AtomicU64 = AtomicU64::new(0);

extern "C" {
    fn gettid() -> i32;
    fn usleep(us: u32) -> i32;
}

fn measured<T>(f: impl FnOnce() -> T) -> T {
    WAITING.store(unsafe { gettid() }, SeqCst);
    let start = Instant::now();
    let r = f();
    NS.fetch_add(start.elapsed().as_nanos() as u64, SeqCst);
    N.fetch_add(1, SeqCst);
    WAITING.store(0, SeqCst);
    r
}

#[inline(never)]
#[no_mangle]
pub extern "C" fn site_rust_mutex() {
    let mut g = measured(|| M.lock().unwrap());
    *g += 1;
}

#[inline(never)]
#[no_mangle]
pub extern "C" fn site_rust_mutex_release(g: Box<MutexGuard<'static, u64>>) {
    drop(black_box(g));
}

#[inline(never)]
#[no_mangle]
pub extern "C" fn site_rust_condvar() {
    let mut told = TOLD.lock().unwrap();
    *told = false;
    drop(measured(move || C.wait_while(told, |t| !*t).unwrap()));
}

#[inline(never)]
#[no_mangle]
pub extern "C" fn site_rust_rwlock() {
    let mut g = measured(|| R.write().unwrap());
    *g += 1;
}

fn until_it_sleeps() {
    let mut seen = 0;
    while seen < 2 {
        let tid = WAITING.load(SeqCst);
        let stat = std::fs::read_to_string(format!("/proc/self/task/{}/stat", tid)).unwrap_or_default();
        let sleeps = tid != 0 && stat.rsplit(')').next().map_or(false, |s| s.starts_with(" S"));
        seen = if sleeps { seen + 1 } else { 0 };
        unsafe { usleep(100) };
    }
}

fn each(name: &str, word: &str, lock: u32, rounds: usize, site: extern "C" fn(), release: impl Fn()) {
    NS.store(0, SeqCst);
    N.store(0, SeqCst);
    for _ in 0..rounds {
        let waiter = thread::spawn(move || site());
        release();
        waiter.join().unwrap();
    }
    println!("site {} {} {} {} {}", name, word, N.load(SeqCst), NS.load(SeqCst), lock);
}

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (rounds, ms) = (args[0], args[1] as u64);
    let pause = move || thread::sleep(Duration::from_millis(ms));
    println!("pid {}", std::process::id());
    let mutex_round = move || {
        for _ in 0..rounds {
            let g = Box::new(M.lock().unwrap());
            let waiter = thread::spawn(|| site_rust_mutex());
            until_it_sleeps();
            pause();
            site_rust_mutex_release(g);
            waiter.join().unwrap();
        }
    };
    mutex_round();
    println!("site rust_mutex futex {} {} 1", N.load(SeqCst), NS.load(SeqCst));
    each("rust_condvar", "futex", 0, rounds, site_rust_condvar, || {
        until_it_sleeps();
        pause();
        *TOLD.lock().unwrap() = true;
        C.notify_one();
    });
    NS.store(0, SeqCst);
    N.store(0, SeqCst);
    for _ in 0..rounds {
        let g = R.read().unwrap();
        let waiter = thread::spawn(|| site_rust_rwlock());
        until_it_sleeps();
        pause();
        drop(g);
        waiter.join().unwrap();
    }
    println!("site rust_rwlock futex {} {} 0", N.load(SeqCst), NS.load(SeqCst));
}
