import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;

/**
 * Takes part in Curator's recipes as it is told on its standard input: one command a line, its words separated by blanks.
 * Says `done COMMAND` after each, with results before it, and `failed` with the reason if something goes wrong.
 */
public final class CuratorPeer {
    private static String address;
    /** What the log calls this process. */
    private static String label = "curator";
    private static int sessionMs = 15_000;
    /** Whether contenders go on after a failure: where servers and connections are broken on purpose. */
    private static boolean stubborn;
    private static final List<CuratorFramework> clients = new ArrayList<>();
    private static InterProcessMutex held;
    private static GroupMember member;
    private static LeaderLatch latch;
    private static ServiceDiscovery<String> discovery;

    public static void main(String[] args) throws Exception {
        address = args[0];
        if (args.length > 1) {
            label = args[1];
            sessionMs = Integer.parseInt(args[2]);
            stubborn = true;
        }
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
        String path = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "lock": contend(words, (client, log, index) -> lock(new InterProcessMutex(client, path), client, log, "X")); break;
            case "rwlock": contend(words, (client, log, index) -> {
                InterProcessReadWriteLock both = new InterProcessReadWriteLock(client, path);
                boolean write = index % 2 == 0;
                lock(write ? both.writeLock() : both.readLock(), client, log, write ? "X" : "S");
            }); break;
            case "semaphore": contend(words, (client, log, index) -> {
                InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, path, Integer.parseInt(words[5]));
                Lease lease = semaphore.acquire();
                long token = czxid(client, path + "/leases/" + lease.getNodeName());
                log.enter("S", token);
                pause();
                log.leave("S", token);
                semaphore.returnLease(lease);
            }); break;
            case "election": election(words); break;
            case "latch-start":
                latch = new LeaderLatch(client(0), path, "curator");
                latch.start();
                break;
            case "latch-await": latch.await(); break;
            case "latch-close": latch.close(); break;
            case "hold":
                held = new InterProcessMutex(client(0), path);
                held.acquire();
                break;
            case "drop": held.release(); break;
            case "revoke": Revoker.attemptRevoke(client(0), path); break;
            case "count-int": count(words, client -> {
                AtomicValue<Integer> changed = new DistributedAtomicInteger(client, path, new RetryOneTime(1)).increment();
                return changed.succeeded();
            }); break;
            case "count-long": count(words, client -> {
                AtomicValue<Long> changed = new DistributedAtomicLong(client, path, new RetryOneTime(1)).increment();
                return changed.succeeded();
            }); break;
            case "shared-count": {
                SharedCount shared = new SharedCount(client(0), path, 7);
                shared.start();
                say("count " + shared.getCount());
                shared.setCount(Integer.parseInt(words[2]));
                shared.close();
                break;
            }
            case "queue-put": queue(path).putAll(words); break;
            case "queue-take": queue(path).take(words, null); break;
            case "queue-work": queue(path).take(words, path + "-locks"); break;
            case "queue-priority-put": {
                DistributedPriorityQueue<String> queue =
                    QueueBuilder.builder(client(0), null, TEXT, path).buildPriorityQueue(0);
                queue.start();
                for (int i = 2; i < words.length; i++) {
                    queue.put(words[i], Integer.parseInt(words[i]));
                }
                queue.flushPuts(20, java.util.concurrent.TimeUnit.SECONDS);
                queue.close();
                break;
            }
            case "queue-delay-put": {
                DistributedDelayQueue<String> queue = QueueBuilder.builder(client(0), null, TEXT, path).buildDelayQueue();
                queue.start();
                queue.put(words[2], Long.parseLong(words[3]));
                queue.flushPuts(20, java.util.concurrent.TimeUnit.SECONDS);
                queue.close();
                break;
            }
            case "simple-put": new SimpleDistributedQueue(client(0), path).offer(words[2].getBytes(StandardCharsets.UTF_8)); break;
            case "simple-take":
                say("item " + new String(new SimpleDistributedQueue(client(0), path).take(), StandardCharsets.UTF_8));
                break;
            case "group-join":
                member = new GroupMember(client(0), path, words[2], "from Curator".getBytes(StandardCharsets.UTF_8));
                member.start();
                break;
            case "group-await":
                for (List<String> seen = members(); !String.join(",", seen).equals(words[2]); seen = members()) {
                    Thread.sleep(10);
                }
                break;
            case "group-leave": member.close(); break;
            case "barrier": {
                DistributedDoubleBarrier barrier =
                    new DistributedDoubleBarrier(client(0), path, Integer.parseInt(words[2]));
                barrier.enter();
                say("entered");
                barrier.leave();
                break;
            }
            case "discovery-register": {
                discovery = discovery(path);
                discovery.registerService(ServiceInstance.<String>builder().name(words[2]).id(words[3]).address("10.9.8.7")
                    .port(1234).sslPort(4321).payload("from Curator").build());
                break;
            }
            case "discovery-list": {
                ServiceDiscovery<String> reader = discovery(path);
                List<ServiceInstance<String>> found = new ArrayList<>(reader.queryForInstances(words[2]));
                found.sort(Comparator.comparing(ServiceInstance::getId));
                for (ServiceInstance<String> instance : found) {
                    say("instance " + instance.getId() + " " + instance.getAddress() + ":" + instance.getPort() + " "
                        + instance.getPayload() + " " + instance.getServiceType() + " " + instance.isEnabled());
                }
                reader.close();
                break;
            }
            case "discovery-close": discovery.close(); break;
            default: throw new IllegalArgumentException(words[0]);
        }
    }

    private interface Turn {
        void take(CuratorFramework client, Log log, int index) throws Exception;
    }

    private interface Attempt {
        boolean succeeds(CuratorFramework client) throws Exception;
    }

    /** `COMMAND path log rounds threads`: each thread with a client of its own. */
    private static void contend(String[] words, Turn turn) throws Exception {
        Log log = new Log(words[2]);
        int rounds = Integer.parseInt(words[3]);
        inThreads(Integer.parseInt(words[4]), (client, index) -> {
            for (int round = 0; round < rounds; round++) {
                try {
                    turn.take(client, log, index + round);
                } catch (Exception problem) {
                    if (!stubborn) {
                        throw problem;
                    }
                    Thread.sleep(50);
                }
            }
        });
    }

    private static void count(String[] words, Attempt attempt) throws Exception {
        int rounds = Integer.parseInt(words[2]);
        inThreads(Integer.parseInt(words[3]), (client, index) -> {
            for (int done = 0; done < rounds; ) {
                if (attempt.succeeds(client)) {
                    done++;
                }
            }
        });
    }

    private interface Work {
        void run(CuratorFramework client, int index) throws Exception;
    }

    private static void inThreads(int threads, Work work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int index = thread;
            CuratorFramework client = client(thread);
            running.add(pool.submit(() -> {
                work.run(client, index);
                return null;
            }));
        }
        for (Future<?> future : running) {
            future.get();
        }
        pool.shutdown();
    }

    private static void lock(InterProcessMutex lock, CuratorFramework client, Log log, String kind) throws Exception {
        lock.acquire();
        try {
            Method path = InterProcessMutex.class.getDeclaredMethod("getLockPath");
            path.setAccessible(true);
            long token = czxid(client, (String) path.invoke(lock));
            log.enter(kind, token);
            pause();
            log.leave(kind, token);
        } finally {
            lock.release();
        }
    }

    private static void election(String[] words) throws Exception {
        Log log = new Log(words[2]);
        int rounds = Integer.parseInt(words[3]);
        int threads = Integer.parseInt(words[4]);
        CountDownLatch over = new CountDownLatch(threads);
        List<LeaderSelector> selectors = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            AtomicInteger led = new AtomicInteger();
            LeaderSelector selector = new LeaderSelector(client(thread), words[1], new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework client) throws Exception {
                    // The leader is the first in the queue, which is all that can be seen from here.
                    List<String> names = new ArrayList<>(client.getChildren().forPath(words[1]));
                    names.sort(Comparator.comparing(name -> name.substring(name.length() - 10)));
                    long token = czxid(client, words[1] + "/" + names.get(0));
                    log.enter("X", token);
                    pause();
                    log.leave("X", token);
                    if (led.incrementAndGet() == rounds) {
                        over.countDown();
                    }
                }
            });
            selector.setId("curator-" + thread);
            selector.autoRequeue();
            selectors.add(selector);
            selector.start();
        }
        over.await();
        for (LeaderSelector selector : selectors) {
            selector.close();
        }
    }

    private static final QueueSerializer<String> TEXT = new QueueSerializer<String>() {
        @Override
        public byte[] serialize(String item) {
            return item.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private static Queues queue(String path) {
        return new Queues(path);
    }

    private static final class Queues {
        private final String path;

        Queues(String path) {
            this.path = path;
        }

        void putAll(String[] words) throws Exception {
            DistributedQueue<String> queue = QueueBuilder.builder(client(0), null, TEXT, path).buildQueue();
            queue.start();
            for (int i = 2; i < words.length; i++) {
                queue.put(words[i]);
            }
            queue.flushPuts(20, java.util.concurrent.TimeUnit.SECONDS);
            queue.close();
        }

        /** Takes what is there until it is told to stop. */
        void take(String[] words, String lockPath) throws Exception {
            QueueConsumer<String> consumer = new QueueConsumer<String>() {
                @Override
                public void consumeMessage(String message) {
                    say("item " + message);
                }

                @Override
                public void stateChanged(CuratorFramework client, ConnectionState state) {
                }
            };
            QueueBuilder<String> builder = QueueBuilder.builder(client(0), consumer, TEXT, path);
            DistributedQueue<String> queue = (lockPath == null ? builder : builder.lockPath(lockPath)).buildQueue();
            queue.start();
            // The test makes this znode when all is taken.
            while (client(0).checkExists().forPath(path + "-stop") == null) {
                Thread.sleep(10);
            }
            queue.close();
        }
    }

    private static List<String> members() {
        List<String> names = new ArrayList<>(member.getCurrentMembers().keySet());
        Collections.sort(names);
        return names;
    }

    private static ServiceDiscovery<String> discovery(String path) throws Exception {
        ServiceDiscovery<String> discovery =
            ServiceDiscoveryBuilder.builder(String.class).client(client(0)).basePath(path).build();
        discovery.start();
        return discovery;
    }

    private static synchronized CuratorFramework client(int index) throws Exception {
        while (clients.size() <= index) {
            CuratorFramework client = CuratorFrameworkFactory.newClient(address, sessionMs, 15_000, new RetryOneTime(100));
            client.start();
            client.blockUntilConnected();
            clients.add(client);
        }
        return clients.get(index);
    }

    private static long czxid(CuratorFramework client, String path) throws Exception {
        return client.checkExists().forPath(path).getCzxid();
    }

    private static void pause() throws InterruptedException {
        Thread.sleep(1);
    }

    private static synchronized void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    /** The log that all processes append to. One write is one line. */
    private static final class Log {
        private final FileOutputStream file;

        Log(String name) throws Exception {
            file = new FileOutputStream(name, true);
        }

        void enter(String kind, long token) throws Exception {
            write("enter " + kind + " " + token + " " + label + "\n");
        }

        void leave(String kind, long token) throws Exception {
            write("leave " + kind + " " + token + " " + label + "\n");
        }

        private void write(String line) throws Exception {
            file.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }
}
