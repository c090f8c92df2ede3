// Threads, traits, closures, hash maps and a panic that is caught. Ends with status 4.
use std::collections::HashMap;
use std::panic;
use std::thread;

trait Shape {
    fn area(&self) -> f64;
}
struct Square(f64);
struct Circle(f64);
impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}
impl Shape for Circle {
    #[inline(never)]
    fn area(&self) -> f64 {
        self.0 * self.0 * 3.0
    }
}

#[inline(never)]
fn count_words(rounds: usize) -> usize {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for i in 0..rounds * 20000 {
        *counts.entry(format!("word number {}", i * 7919 % 3001)).or_insert(0) += 1;
    }
    counts.values().sum::<usize>() + counts.len()
}

#[inline(never)]
fn add_areas(rounds: usize) -> f64 {
    let shapes: Vec<Box<dyn Shape>> = (0..20000)
        .map(|i| -> Box<dyn Shape> {
            if i % 2 == 0 { Box::new(Square(i as f64)) } else { Box::new(Circle(i as f64)) }
        })
        .collect();
    (0..rounds * 20).map(|_| shapes.iter().map(|s| s.area()).sum::<f64>()).sum()
}

#[inline(never)]
fn fall(n: usize) -> usize {
    if n == 0 {
        panic!("caught below");
    }
    fall(n - 1) + 1
}

fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(10);
    panic::set_hook(Box::new(|_| {}));
    let words = thread::Builder::new().name("words".into()).spawn(move || count_words(rounds)).unwrap();
    let areas = thread::Builder::new().name("areas".into()).spawn(move || add_areas(rounds)).unwrap();
    let caught = (0..rounds).filter(|i| panic::catch_unwind(|| fall(i % 10)).is_err()).count();
    println!("{} {} {}", words.join().unwrap(), areas.join().unwrap(), caught);
    std::process::exit(4);
}
