import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;

/** Curator's recipes between two clients of the server at args[0]. Exits with 1 at the first surprise. */
public final class CuratorRecipes extends Checks {
    private static CuratorFramework one;
    private static CuratorFramework two;

    public static void main(String[] args) throws Exception {
        try {
            one = client(args[0]);
            two = client(args[0]);
            mutex();
            readWriteLock();
            semaphore();
            latch();
            selector();
            counters();
            barriers();
            queues();
            caches();
            nodes();
            transaction();
            one.close();
            two.close();
            System.out.println("all is well");
            System.exit(0);
        } catch (Throwable problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static CuratorFramework client(String address) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(address, 15_000, 15_000, new RetryOneTime(100));
        client.start();
        check(client.blockUntilConnected(20, TimeUnit.SECONDS), "no connection");
        return client;
    }

    private static void mutex() throws Exception {
        InterProcessMutex mine = new InterProcessMutex(one, "/mutex");
        InterProcessMutex theirs = new InterProcessMutex(two, "/mutex");
        mine.acquire();
        mine.acquire();
        check(!theirs.acquire(300, TimeUnit.MILLISECONDS), "two hold the mutex");
        mine.release();
        mine.release();
        check(theirs.acquire(20, TimeUnit.SECONDS), "the mutex is not handed on");
        theirs.release();
    }

    private static void readWriteLock() throws Exception {
        InterProcessReadWriteLock mine = new InterProcessReadWriteLock(one, "/rw");
        InterProcessReadWriteLock theirs = new InterProcessReadWriteLock(two, "/rw");
        mine.readLock().acquire();
        check(theirs.readLock().acquire(20, TimeUnit.SECONDS), "readers exclude each other");
        theirs.readLock().release();
        check(!theirs.writeLock().acquire(300, TimeUnit.MILLISECONDS), "a writer came in beside a reader");
        mine.readLock().release();
        check(theirs.writeLock().acquire(20, TimeUnit.SECONDS), "the writer never came in");
        check(!mine.readLock().acquire(300, TimeUnit.MILLISECONDS), "a reader came in beside a writer");
        theirs.writeLock().release();
    }

    private static void semaphore() throws Exception {
        InterProcessSemaphoreV2 mine = new InterProcessSemaphoreV2(one, "/semaphore", 2);
        InterProcessSemaphoreV2 theirs = new InterProcessSemaphoreV2(two, "/semaphore", 2);
        Lease first = mine.acquire();
        Lease second = theirs.acquire(20, TimeUnit.SECONDS);
        check(second != null, "only one lease of two");
        check(mine.acquire(300, TimeUnit.MILLISECONDS) == null, "three leases of two");
        theirs.returnLease(second);
        Lease third = mine.acquire(20, TimeUnit.SECONDS);
        check(third != null, "a lease is not handed on");
        mine.returnAll(Arrays.asList(first, third));
    }

    private static void latch() throws Exception {
        LeaderLatch mine = new LeaderLatch(one, "/latch", "one");
        LeaderLatch theirs = new LeaderLatch(two, "/latch", "two");
        mine.start();
        check(mine.await(20, TimeUnit.SECONDS), "no leader");
        theirs.start();
        until("both take part", () -> mine.getParticipants().size() == 2);
        check(!theirs.hasLeadership(), "two leaders");
        same(theirs.getLeader().getId(), "one");
        mine.close();
        check(theirs.await(20, TimeUnit.SECONDS), "leadership is not handed on");
        theirs.close();
    }

    private static void selector() throws Exception {
        BlockingQueue<String> leaders = new LinkedBlockingQueue<>();
        List<LeaderSelector> selectors = new ArrayList<>();
        for (CuratorFramework client : Arrays.asList(one, two)) {
            String name = client == one ? "one" : "two";
            LeaderSelector selector = new LeaderSelector(client, "/selector", new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework ignored) {
                    leaders.add(name);
                }
            });
            selector.start();
            selectors.add(selector);
        }
        List<String> seen = new ArrayList<>(Arrays.asList(next(leaders), next(leaders)));
        Collections.sort(seen);
        same(seen, Arrays.asList("one", "two"));
        for (LeaderSelector selector : selectors) {
            selector.close();
        }
    }

    private static void counters() throws Exception {
        SharedCount mine = new SharedCount(one, "/count", 7);
        SharedCount theirs = new SharedCount(two, "/count", 0);
        mine.start();
        theirs.start();
        same(theirs.getCount(), 7);
        theirs.setCount(9);
        until("the count is told", () -> mine.getCount() == 9);
        mine.close();
        theirs.close();
        DistributedAtomicLong number = new DistributedAtomicLong(one, "/atomic", new RetryOneTime(10));
        check(number.add(5L).succeeded() && number.increment().succeeded(), "cannot add");
        same(new DistributedAtomicLong(two, "/atomic", new RetryOneTime(10)).get().postValue(), 6L);
    }

    private static void barriers() throws Exception {
        DistributedBarrier barrier = new DistributedBarrier(one, "/barrier");
        barrier.setBarrier();
        check(!new DistributedBarrier(two, "/barrier").waitOnBarrier(300, TimeUnit.MILLISECONDS), "the barrier is open");
        Thread opener = new Thread(() -> quietly(barrier::removeBarrier));
        opener.start();
        check(new DistributedBarrier(two, "/barrier").waitOnBarrier(20, TimeUnit.SECONDS), "the barrier stays closed");
        opener.join();
        DistributedDoubleBarrier mine = new DistributedDoubleBarrier(one, "/double", 2);
        DistributedDoubleBarrier theirs = new DistributedDoubleBarrier(two, "/double", 2);
        Thread other = new Thread(() -> quietly(() -> {
            theirs.enter();
            theirs.leave();
        }));
        other.start();
        check(mine.enter(20, TimeUnit.SECONDS), "nobody else entered");
        check(mine.leave(20, TimeUnit.SECONDS), "nobody else left");
        other.join();
    }

    private static void queues() throws Exception {
        BlockingQueue<String> taken = new LinkedBlockingQueue<>();
        QueueSerializer<String> text = new QueueSerializer<String>() {
            @Override
            public byte[] serialize(String item) {
                return item.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public String deserialize(byte[] bytes) {
                return new String(bytes, StandardCharsets.UTF_8);
            }
        };
        QueueConsumer<String> consumer = new QueueConsumer<String>() {
            @Override
            public void consumeMessage(String message) {
                taken.add(message);
            }

            @Override
            public void stateChanged(CuratorFramework client, ConnectionState state) {
            }
        };
        DistributedQueue<String> producer = QueueBuilder.builder(one, null, text, "/queue").buildQueue();
        DistributedQueue<String> reader = QueueBuilder.builder(two, consumer, text, "/queue").lockPath("/queue-locks").buildQueue();
        producer.start();
        reader.start();
        for (int i = 0; i < 10; i++) {
            producer.put("item " + i);
        }
        for (int i = 0; i < 10; i++) {
            same(next(taken), "item " + i);
        }
        producer.close();
        reader.close();
        SimpleDistributedQueue simple = new SimpleDistributedQueue(one, "/simple");
        check(simple.offer("first".getBytes(StandardCharsets.UTF_8)), "not offered");
        same(new String(new SimpleDistributedQueue(two, "/simple").take(), StandardCharsets.UTF_8), "first");
    }

    @SuppressWarnings("deprecation")
    private static void caches() throws Exception {
        PathChildrenCache children = new PathChildrenCache(one, "/cached", true);
        children.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
        TreeCache tree = new TreeCache(one, "/cached");
        tree.start();
        // On the other client: until 3.9 a persistent watch took the place of a session's other watches on a path.
        CuratorCache cache = CuratorCache.build(two, "/cached");
        cache.start();
        two.create().creatingParentsIfNeeded().forPath("/cached/a/b", "1".getBytes(StandardCharsets.UTF_8));
        until("the children's cache sees a", () -> children.getCurrentData("/cached/a") != null);
        until("the tree's cache sees b", () -> tree.getCurrentData("/cached/a/b") != null);
        until("the cache sees b", () -> cache.get("/cached/a/b").isPresent());
        two.setData().forPath("/cached/a/b", "2".getBytes(StandardCharsets.UTF_8));
        until("the tree's cache sees the change", () -> tree.getCurrentData("/cached/a/b").getStat().getVersion() == 1);
        until("the cache sees the change", () -> cache.get("/cached/a/b").get().getStat().getVersion() == 1);
        two.delete().deletingChildrenIfNeeded().forPath("/cached/a");
        until("the caches see the delete", () ->
            children.getCurrentData("/cached/a") == null && tree.getCurrentData("/cached/a") == null
                && !cache.get("/cached/a").isPresent());
        cache.close();
        tree.close();
        children.close();
    }

    private static void nodes() throws Exception {
        PersistentNode node = new PersistentNode(one, CreateMode.EPHEMERAL, true, "/persistent/node", new byte[] {1});
        node.start();
        check(node.waitForInitialCreate(20, TimeUnit.SECONDS), "the node was not made");
        AtomicReference<String> path = new AtomicReference<>(node.getActualPath());
        long before = two.checkExists().forPath(path.get()).getCzxid();
        two.delete().forPath(path.get());
        until("the node is made again", () -> {
            org.apache.zookeeper.data.Stat stat = two.checkExists().forPath(node.getActualPath());
            return stat != null && stat.getCzxid() > before;
        });
        node.close();
        PersistentTtlNode ttl = new PersistentTtlNode(one, "/ttl-node", 2_000, new byte[0]);
        ttl.start();
        check(ttl.waitForInitialCreate(20, TimeUnit.SECONDS), "the TTL node was not made");
        until("the TTL node is touched", () -> two.checkExists().forPath("/ttl-node/touch") != null);
        ttl.close();
        GroupMember mine = new GroupMember(one, "/group", "one");
        GroupMember theirs = new GroupMember(two, "/group", "two");
        mine.start();
        theirs.start();
        until("the group has two members", () -> mine.getCurrentMembers().size() == 2);
        theirs.close();
        until("the group has one member", () -> mine.getCurrentMembers().size() == 1);
        mine.close();
    }

    private static void transaction() throws Exception {
        same(one.transaction().forOperations(
            one.transactionOp().create().forPath("/tx", new byte[0]),
            one.transactionOp().setData().forPath("/tx", new byte[] {1}),
            one.transactionOp().check().withVersion(1).forPath("/tx"),
            one.transactionOp().delete().forPath("/tx")).size(), 4);
        same(two.checkExists().forPath("/tx"), null);
        String made = one.create().creatingParentContainersIfNeeded().withProtection()
            .withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/protected/n-");
        check(made.contains("_c_") && made.endsWith("-n-0000000000"), made);
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void quietly(Action action) {
        try {
            action.run();
        } catch (Exception problem) {
            problem.printStackTrace();
        }
    }
}
