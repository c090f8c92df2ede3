import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.*;
import java.util.stream.*;
import java.util.zip.*;

/** Parts of what Java programs do, each with an answer that is the same every time: java Work PART. */
public class Work {
    static long hash = 17;

    static void mix(long n) {
        hash = hash * 31 + n;
    }

    /** Objects of all ages, weak ones among them. */
    static void gc() {
        Map<Integer, byte[]> kept = new HashMap<>();
        for (int i = 0; i < 400_000; i++) {
            byte[] block = new byte[i % 700];
            if (i % 50 == 0) kept.put(i % 4000, block);
            mix(block.length);
        }
        System.gc();
        mix(kept.size());
    }

    static void streams() {
        for (int i = 0; i < 10; i++) {
            mix(IntStream.range(0, 300_000).parallel().mapToLong(n -> n * 7L % 13).sum());
            mix(Arrays.stream(new String[] {"c", "a", "b"}).parallel().sorted().collect(Collectors.joining()).hashCode());
        }
    }

    static int deep(int n) {
        return deep(n + 1) + 1;
    }

    /** The stack's end is found by SIGSEGV. */
    static void overflow() throws Exception {
        for (int i = 0; i < 20; i++) {
            Thread thread = new Thread(null, () -> {
                try {
                    deep(0);
                } catch (StackOverflowError error) {
                    synchronized (Work.class) {
                        mix(1);
                    }
                }
            }, "deep", 512 << 10);
            thread.start();
            thread.join();
        }
    }

    /** Null is found by SIGSEGV where code is compiled. */
    static void nulls() {
        String[] words = {"a", null, "b"};
        for (int i = 0; i < 200_000; i++) {
            try {
                mix(words[i % 3].length());
            } catch (NullPointerException error) {
                mix(3);
            }
            try {
                mix(10 / (i % 4));
            } catch (ArithmeticException error) {
                mix(5);
            }
        }
    }

    static void deflate() throws Exception {
        byte[] data = new byte[2 << 20];
        new Random(5).nextBytes(data);
        Arrays.fill(data, 0, 1 << 20, (byte) 7);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(data);
        }
        CRC32 crc = new CRC32();
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            crc.update(in.readAllBytes());
        }
        mix(crc.getValue());
    }

    static void sockets() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Future<?> acceptor = pool.submit(() -> {
                for (int i = 0; i < 40; i++) {
                    Socket socket = server.accept();
                    pool.submit(() -> {
                        try (socket) {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        }
                        return null;
                    });
                }
                return null;
            });
            for (int i = 0; i < 40; i++) {
                try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream().write(("request " + i).getBytes());
                    socket.shutdownOutput();
                    mix(new String(socket.getInputStream().readAllBytes()).hashCode());
                }
            }
            acceptor.get();
            server.setSoTimeout(50);
            try {
                server.accept();
            } catch (SocketTimeoutException error) {
                mix(11);
            }
        }
        pool.shutdown();
        mix(pool.awaitTermination(20, TimeUnit.SECONDS) ? 1 : 0);
    }

    static void processes() throws Exception {
        for (int i = 0; i < 15; i++) {
            Process process = new ProcessBuilder("sh", "-c", "cat; exit " + i).redirectErrorStream(true).start();
            process.getOutputStream().write(("to child " + i).getBytes());
            process.getOutputStream().close();
            mix(new String(process.getInputStream().readAllBytes()).hashCode());
            mix(process.waitFor());
        }
        Process sleeper = new ProcessBuilder("sleep", "30").start();
        sleeper.destroy();
        mix(sleeper.waitFor());
    }

    static void park() throws Exception {
        SynchronousQueue<Integer> queue = new SynchronousQueue<>();
        Thread thread = new Thread(() -> {
            try {
                for (int i = 0; i < 20_000; i++) queue.put(i);
            } catch (InterruptedException error) {
                mix(1);
            }
        });
        thread.start();
        for (int i = 0; i < 20_000; i++) mix(queue.take());
        thread.join();
        for (int i = 0; i < 20; i++) LockSupport.parkNanos(1_000_000);
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
        CountDownLatch latch = new CountDownLatch(20);
        timer.scheduleAtFixedRate(latch::countDown, 1, 1, TimeUnit.MILLISECONDS);
        latch.await();
        timer.shutdownNow();
    }

    static int counter;

    static void locks() throws Exception {
        Object monitor = new Object();
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        AtomicLong sum = new AtomicLong();
        Thread[] threads = new Thread[6];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    synchronized (monitor) {
                        counter++;
                    }
                    lock.readLock().lock();
                    lock.readLock().unlock();
                    if (i % 100 == 0) {
                        lock.writeLock().lock();
                        lock.writeLock().unlock();
                    }
                    sum.addAndGet(i);
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) thread.join();
        mix(counter);
        mix(sum.get());
    }

    /** Classes that are made while the program runs. */
    static void classes() throws Exception {
        for (int i = 0; i < 300; i++) {
            int n = i;
            Comparable<?> proxy = (Comparable<?>) java.lang.reflect.Proxy.newProxyInstance(new URLClassLoader(new URL[0]),
                new Class<?>[] {Comparable.class}, (self, method, args) -> n);
            mix(((Comparable<Object>) proxy).compareTo(""));
        }
        for (int i = 0; i < 200; i++) mix(String.format("%d %s %.3f", i, "x", i / 3.0).hashCode());
    }

    static void direct() throws Exception {
        List<ByteBuffer> kept = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(16 << 10);
            buffer.putLong(8, i);
            if (i % 100 == 0) kept.add(buffer);
        }
        for (ByteBuffer buffer : kept) mix(buffer.getLong(8));
        Path file = Files.createTempFile("work", null);
        Files.write(file, new byte[100_000]);
        try (var channel = java.nio.channels.FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var map = channel.map(java.nio.channels.FileChannel.MapMode.READ_WRITE, 0, 100_000);
            for (int i = 0; i < 100_000; i += 1000) map.put(i, (byte) i);
            try (var held = channel.lock()) {
                mix(held.isShared() ? 1 : 2);
            }
        }
        mix(Arrays.hashCode(Files.readAllBytes(file)));
        Files.delete(file);
    }

    static void interrupt() throws Exception {
        for (int i = 0; i < 30; i++) {
            int kind = i % 3;
            AtomicInteger result = new AtomicInteger();
            Thread thread = new Thread(() -> {
                try {
                    if (kind == 0) Thread.sleep(60_000);
                    if (kind == 1) new SynchronousQueue<Integer>().take();
                    if (kind == 2) java.nio.channels.Pipe.open().source().read(ByteBuffer.allocate(10));
                } catch (InterruptedException | java.nio.channels.ClosedByInterruptException error) {
                    result.set(1);
                } catch (IOException error) {
                    result.set(2);
                }
            });
            thread.start();
            Thread.sleep(5);
            thread.interrupt();
            thread.join();
            mix(result.get());
        }
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("wait")) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("Shutdown hook")));
            Thread.sleep(60_000);
        }
        Work.class.getDeclaredMethod(args[0]).invoke(null);
        System.out.println(args[0] + " " + hash);
        System.exit(3);
    }
}
