import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.recipes.leader.LeaderElectionSupport;
import org.apache.zookeeper.recipes.leader.LeaderElectionSupport.EventType;
import org.apache.zookeeper.recipes.lock.LockListener;
import org.apache.zookeeper.recipes.lock.WriteLock;
import org.apache.zookeeper.recipes.queue.DistributedQueue;

/**
 * Takes part in the recipes that come with ZooKeeper as it is told on its standard input, with the answers of CuratorPeer.
 */
public final class ZooKeeperPeer {
    private static final int LOOK_AGAIN_MS = 200;
    private static final List<ZooKeeper> clients = new ArrayList<>();
    private static final BlockingQueue<EventType> outcome = new LinkedBlockingQueue<>();
    private static String address;
    private static LeaderElectionSupport election;

    public static void main(String[] args) throws Exception {
        address = args[0];
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            try {
                run(words);
                say("done " + words[0]);
            } catch (Throwable problem) {
                problem.printStackTrace();
                say("failed " + words[0] + " " + problem);
            }
        }
        System.exit(0);
    }

    private static void run(String[] words) throws Exception {
        switch (words[0]) {
            case "lock": contend(words, ZooKeeperPeer::lock); break;
            case "election-enter": enter(words[1], words[2]); break;
            case "election-leader": say("leader " + election.getLeaderHostName()); break;
            case "election-await": say("event " + outcome.take()); break;
            case "election-leave": election.stop(); break;
            case "queue-put": {
                DistributedQueue queue = queue(words[1]);
                for (int i = 2; i < words.length; i++) {
                    queue.offer(words[i].getBytes(StandardCharsets.UTF_8));
                }
                break;
            }
            case "queue-take": take(words[1]); break;
            default: throw new IllegalArgumentException(words[0]);
        }
    }

    private interface Turn {
        void take(ZooKeeper client, String path, FileOutputStream log) throws Exception;
    }

    /** `COMMAND path log rounds threads`: each thread with a client of its own. */
    private static void contend(String[] words, Turn turn) throws Exception {
        int threads = Integer.parseInt(words[4]);
        ensure(words[1]);
        FileOutputStream log = new FileOutputStream(words[2], true);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            ZooKeeper client = client(thread);
            running.add(pool.submit(() -> {
                for (int round = 0; round < Integer.parseInt(words[3]); round++) {
                    turn.take(client, words[1], log);
                }
                return null;
            }));
        }
        for (Future<?> future : running) {
            future.get();
        }
        pool.shutdown();
    }

    private static void lock(ZooKeeper client, String path, FileOutputStream log) throws Exception {
        CountDownLatch acquired = new CountDownLatch(1);
        WriteLock lock = new WriteLock(client, path, ZooDefs.Ids.OPEN_ACL_UNSAFE, new LockListener() {
            @Override
            public void lockAcquired() {
                acquired.countDown();
            }

            @Override
            public void lockReleased() {
            }
        });
        lock.lock();
        // It sleeps for ever when the one before it goes between its look at the queue and its watch; asked again, it looks again.
        while (!acquired.await(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS)) {
            lock.lock();
        }
        String id = lock.getId();
        hold(log, client.exists(id.startsWith("/") ? id : path + "/" + id, false).getCzxid());
        // At once: a watch that is late would queue again for a lock that is not closed.
        synchronized (lock) {
            lock.unlock();
            lock.close();
        }
    }

    /** Enters an election. Its losers read one another's znodes one by one, and fail when one goes meanwhile. */
    private static void enter(String path, String name) throws Exception {
        ensure(path);
        election = new LeaderElectionSupport();
        election.setZooKeeper(client(0));
        election.setRootNodeName(path);
        election.setHostName(name);
        election.addListener(event -> {
            if (event == EventType.FAILED || event == EventType.ELECTED_COMPLETE) {
                outcome.add(event);
            }
        });
        election.start();
    }

    /** The log that all processes append to. One write is one line. */
    private static void hold(FileOutputStream log, long token) throws Exception {
        log.write(("enter X " + token + " java\n").getBytes(StandardCharsets.UTF_8));
        Thread.sleep(1);
        log.write(("leave X " + token + " java\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Takes what comes, waiting for it, until the test makes a znode. */
    private static void take(String path) throws Exception {
        DistributedQueue queue = queue(path);
        Thread taker = new Thread(() -> {
            try {
                for (;;) {
                    say("item " + new String(queue.take(), StandardCharsets.UTF_8));
                }
            } catch (InterruptedException | KeeperException end) {
                // The test is over.
            }
        });
        taker.start();
        while (client(0).exists(path + "-stop", false) == null) {
            Thread.sleep(10);
        }
        taker.interrupt();
        taker.join();
    }

    private static DistributedQueue queue(String path) throws Exception {
        return new DistributedQueue(client(0), path, ZooDefs.Ids.OPEN_ACL_UNSAFE);
    }

    private static void ensure(String path) throws Exception {
        try {
            client(0).create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        } catch (KeeperException.NodeExistsException present) {
            // Ours was faster.
        }
    }

    private static synchronized ZooKeeper client(int index) throws Exception {
        while (clients.size() <= index) {
            CountDownLatch connected = new CountDownLatch(1);
            clients.add(new ZooKeeper(address, 15_000, event -> {
                if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                    connected.countDown();
                }
            }));
            connected.await();
        }
        return clients.get(index);
    }

    private static synchronized void say(String text) {
        System.out.println(text);
        System.out.flush();
    }
}
