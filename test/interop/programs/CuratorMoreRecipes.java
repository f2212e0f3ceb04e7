import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.ACLProvider;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicValue;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.queue.BlockingQueueConsumer;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.utils.ZKPaths;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** The recipes of Curator that CuratorRecipes leaves out, with what they become of a session that expires. */
public final class CuratorMoreRecipes extends Checks {
    private static String address;
    private static CuratorFramework one;
    private static CuratorFramework two;

    public static void main(String[] args) throws Exception {
        try {
            address = args[0];
            one = client();
            two = client();
            locks();
            revocation();
            semaphoreByCount();
            atomics();
            shared();
            queues();
            nodeCache();
            events();
            watches();
            framework();
            transactions();
            accessLists();
            expiry();
            one.close();
            two.close();
            System.out.println("all is well");
            System.exit(0);
        } catch (Throwable problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static CuratorFramework client() throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(address, 15_000, 15_000, new RetryOneTime(100));
        client.start();
        check(client.blockUntilConnected(20, TimeUnit.SECONDS), "no connection");
        return client;
    }

    private static void locks() throws Exception {
        InterProcessLock first = new InterProcessMultiLock(one, Arrays.asList("/multi/a", "/multi/b"));
        InterProcessLock second = new InterProcessMutex(two, "/multi/b");
        first.acquire();
        check(!second.acquire(300, TimeUnit.MILLISECONDS), "a lock of several leaves one of them free");
        first.release();
        check(second.acquire(20, TimeUnit.SECONDS), "a lock of several keeps one of them");
        second.release();

        InterProcessSemaphoreMutex mine = new InterProcessSemaphoreMutex(one, "/semaphore-mutex");
        InterProcessSemaphoreMutex theirs = new InterProcessSemaphoreMutex(two, "/semaphore-mutex");
        mine.acquire();
        check(!mine.acquire(300, TimeUnit.MILLISECONDS), "it is not reentrant");
        mine.release();
        check(theirs.acquire(20, TimeUnit.SECONDS), "it is not handed on");
        theirs.release();

        InterProcessReadWriteLock lock = new InterProcessReadWriteLock(one, "/downgrade");
        lock.writeLock().acquire();
        check(lock.readLock().acquire(20, TimeUnit.SECONDS), "a writer may read");
        lock.writeLock().release();
        InterProcessReadWriteLock other = new InterProcessReadWriteLock(two, "/downgrade");
        check(other.readLock().acquire(20, TimeUnit.SECONDS), "a writer that only reads now keeps out readers");
        other.readLock().release();
        lock.readLock().release();
    }

    private static void revocation() throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        InterProcessMutex holder = new InterProcessMutex(one, "/revocable");
        holder.makeRevocable(lock -> asked.add("asked"));
        holder.acquire();
        for (String node : holder.getParticipantNodes()) {
            Revoker.attemptRevoke(two, node);
        }
        same(next(asked), "asked");
        holder.release();
    }

    private static void semaphoreByCount() throws Exception {
        SharedCount count = new SharedCount(one, "/leases", 1);
        count.start();
        InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(one, "/counted", count);
        Lease first = semaphore.acquire();
        check(semaphore.acquire(300, TimeUnit.MILLISECONDS) == null, "two leases of one");
        count.setCount(2);
        Lease second = semaphore.acquire(20, TimeUnit.SECONDS);
        check(second != null, "a lease more was not given");
        semaphore.returnAll(Arrays.asList(first, second));
        count.close();
    }

    private static void atomics() throws Exception {
        DistributedAtomicInteger number = new DistributedAtomicInteger(one, "/integer", new RetryOneTime(10));
        check(number.initialize(5) && !number.initialize(6), "initialized twice");
        same(number.subtract(2).postValue(), 3);
        check(!number.compareAndSet(7, 8).succeeded() && number.compareAndSet(3, 8).succeeded(), "compare and set");
        PromotedToLock promoted = PromotedToLock.builder().lockPath("/promoted").retryPolicy(new RetryOneTime(10)).build();
        DistributedAtomicLong busy = new DistributedAtomicLong(two, "/busy", new RetryOneTime(10), promoted);
        for (int i = 0; i < 20; i++) {
            check(busy.increment().succeeded(), "not incremented");
        }
        same(busy.get().postValue(), 20L);
        CachedAtomicLong cached = new CachedAtomicLong(busy, 10);
        same(cached.next().postValue(), 21L);
        same(busy.get().postValue(), 30L);
        DistributedAtomicValue value = new DistributedAtomicValue(one, "/value", new RetryOneTime(10));
        AtomicValue<byte[]> set = value.trySet(text("x"));
        check(set.succeeded() && value.compareAndSet(text("x"), text("y")).succeeded(), "a value is not set");
    }

    private static void shared() throws Exception {
        SharedValue mine = new SharedValue(one, "/shared", text("seed"));
        SharedValue theirs = new SharedValue(two, "/shared", text("other"));
        mine.start();
        theirs.start();
        VersionedValue<byte[]> before = mine.getVersionedValue();
        check(theirs.trySetValue(theirs.getVersionedValue(), text("new")), "not set");
        until("the value is told", () -> new String(mine.getValue(), StandardCharsets.UTF_8).equals("new"));
        check(!mine.trySetValue(before, text("late")), "set over a value that was not seen");
        mine.close();
        theirs.close();
    }

    private static final QueueSerializer<String> TEXT = new QueueSerializer<String>() {
        @Override
        public byte[] serialize(String item) {
            return text(item);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private static void queues() throws Exception {
        BlockingQueueConsumer<String> urgent = new BlockingQueueConsumer<>((client, state) -> { });
        DistributedPriorityQueue<String> in = QueueBuilder.builder(one, null, TEXT, "/priority").buildPriorityQueue(0);
        in.start();
        in.put("late", 9);
        in.put("soon", 1);
        in.put("first", -3);
        until("all are there", () -> two.getChildren().forPath("/priority").size() == 3);
        DistributedPriorityQueue<String> out = QueueBuilder.builder(two, urgent, TEXT, "/priority").buildPriorityQueue(0);
        out.start();
        for (String wanted : Arrays.asList("first", "soon", "late")) {
            same(urgent.take(20, TimeUnit.SECONDS), wanted);
        }
        out.close();
        in.close();

        BlockingQueueConsumer<String> ripe = new BlockingQueueConsumer<>((client, state) -> { });
        DistributedDelayQueue<String> delayed = QueueBuilder.builder(one, ripe, TEXT, "/delayed").buildDelayQueue();
        delayed.start();
        long now = System.currentTimeMillis();
        delayed.put("second", now + 600);
        delayed.put("first", now + 100);
        same(ripe.take(20, TimeUnit.SECONDS), "first");
        same(ripe.take(20, TimeUnit.SECONDS), "second");
        delayed.close();

        BlockingQueueConsumer<String> named = new BlockingQueueConsumer<>((client, state) -> { });
        DistributedIdQueue<String> producer = QueueBuilder.builder(one, null, TEXT, "/ids").buildIdQueue();
        producer.start();
        producer.put("kept", "a");
        producer.put("removed", "b");
        until("both are there", () -> two.getChildren().forPath("/ids").size() == 2);
        same(producer.remove("b"), 1);
        DistributedIdQueue<String> reader = QueueBuilder.builder(two, named, TEXT, "/ids").lockPath("/id-locks").buildIdQueue();
        reader.start();
        same(named.take(20, TimeUnit.SECONDS), "kept");
        until("the queue is empty", () -> two.getChildren().forPath("/ids").isEmpty());
        reader.close();
        producer.close();
    }

    @SuppressWarnings("deprecation")
    private static void nodeCache() throws Exception {
        BlockingQueue<String> changes = new LinkedBlockingQueue<>();
        NodeCache cache = new NodeCache(one, "/node-cache");
        cache.getListenable().addListener(() -> {
            ChildData data = cache.getCurrentData();
            changes.add(data == null ? "gone" : new String(data.getData(), StandardCharsets.UTF_8));
        });
        cache.start(true);
        two.create().forPath("/node-cache", text("1"));
        same(next(changes), "1");
        two.setData().forPath("/node-cache", text("2"));
        same(next(changes), "2");
        two.delete().forPath("/node-cache");
        same(next(changes), "gone");
        cache.close();
    }

    @SuppressWarnings("deprecation")
    private static void events() throws Exception {
        two.create().forPath("/events", text("root"));
        BlockingQueue<String> children = new LinkedBlockingQueue<>();
        PathChildrenCache paths = new PathChildrenCache(one, "/events", true);
        paths.getListenable().addListener((client, event) -> children.add(event.getType() + name(event.getData())));
        paths.start(PathChildrenCache.StartMode.POST_INITIALIZED_EVENT);
        same(next(children), "INITIALIZED");
        BlockingQueue<String> trees = new LinkedBlockingQueue<>();
        TreeCache tree = TreeCache.newBuilder(one, "/events").setMaxDepth(2).build();
        tree.getListenable().addListener((client, event) -> trees.add(event.getType() + name(event.getData())));
        tree.start();
        same(next(trees), "NODE_ADDED /events");
        same(next(trees), "INITIALIZED");
        BlockingQueue<String> cached = new LinkedBlockingQueue<>();
        CuratorCache cache = CuratorCache.build(two, "/events");
        cache.listenable().addListener(CuratorCacheListener.builder()
            .forCreates(node -> cached.add("created" + name(node)))
            .forChanges((before, after) -> cached.add("changed" + name(after)))
            .forDeletes(node -> cached.add("deleted" + name(node)))
            .forInitialized(() -> cached.add("initialized"))
            .build());
        cache.start();
        same(next(cached), "created /events");
        same(next(cached), "initialized");
        two.create().forPath("/events/a", text("1"));
        same(next(children), "CHILD_ADDED /events/a");
        same(next(trees), "NODE_ADDED /events/a");
        same(next(cached), "created /events/a");
        two.setData().forPath("/events/a", text("2"));
        same(next(children), "CHILD_UPDATED /events/a");
        same(next(trees), "NODE_UPDATED /events/a");
        same(next(cached), "changed /events/a");
        two.delete().forPath("/events/a");
        same(next(children), "CHILD_REMOVED /events/a");
        same(next(trees), "NODE_REMOVED /events/a");
        same(next(cached), "deleted /events/a");
        cache.close();
        tree.close();
        paths.close();
    }

    private static String name(ChildData data) {
        return data == null ? "" : " " + data.getPath();
    }

    private static void watches() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        PersistentWatcher watcher = new PersistentWatcher(one, "/watched", true);
        watcher.getListenable().addListener(event -> note(seen, event));
        watcher.start();
        until("the watch is set", () -> {
            two.createContainers("/watched");
            two.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/watched/probe-");
            return seen.poll(50, TimeUnit.MILLISECONDS) != null;
        });
        two.create().forPath("/watched/last", text("1"));
        until("it is told", () -> next(seen).equals("NodeCreated /watched/last"));
        two.setData().forPath("/watched/last", text("2"));
        same(next(seen), "NodeDataChanged /watched/last");
        watcher.close();

        BlockingQueue<String> plain = new LinkedBlockingQueue<>();
        two.create().forPath("/plain", text("1"));
        one.watchers().add().withMode(AddWatchMode.PERSISTENT).usingWatcher((org.apache.curator.framework.api.CuratorWatcher)
            event -> note(plain, event)).forPath("/plain");
        two.create().forPath("/plain/child");
        same(next(plain), "NodeChildrenChanged /plain");
        two.setData().forPath("/plain", text("2"));
        same(next(plain), "NodeDataChanged /plain");
        one.watchers().removeAll().forPath("/plain");
        two.setData().forPath("/plain", text("3"));
        String last = plain.poll(300, TimeUnit.MILLISECONDS);
        check(last == null || last.startsWith("PersistentWatchRemoved"), "told of after its removal: " + last);
    }

    private static void note(BlockingQueue<String> seen, WatchedEvent event) {
        seen.add(event.getType() + " " + event.getPath());
    }

    private static void framework() throws Exception {
        CuratorFramework inside = one.usingNamespace("space");
        inside.create().creatingParentsIfNeeded().forPath("/deep/er/node", text("x"));
        check(two.checkExists().forPath("/space/deep/er/node") != null, "no namespace");
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        inside.getData().inBackground((client, event) -> done.add(event.getType() + " " + event.getResultCode())).forPath("/deep");
        same(next(done), "GET_DATA 0");
        inside.getData().inBackground((client, event) -> done.add(event.getType() + " " + event.getResultCode())).forPath("/none");
        same(next(done), "GET_DATA -101");
        inside.delete().guaranteed().deletingChildrenIfNeeded().forPath("/deep");
        Stat stat = new Stat();
        one.create().orSetData().forPath("/put", text("1"));
        one.create().orSetData().storingStatIn(stat).forPath("/put", text("2"));
        one.getData().storingStatIn(stat).forPath("/put");
        same(stat.getVersion(), 1);
        one.create().forPath("/again", text("1"));
        one.create().idempotent().forPath("/again", text("1"));
        one.delete().quietly().forPath("/not-there");
        one.create().compressed().forPath("/zipped", new byte[10_000]);
        same(one.getData().decompressed().forPath("/zipped").length, 10_000);
        check(one.getData().forPath("/zipped").length < 1_000, "not compressed");
        one.create().withTtl(100_000).withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL).forPath("/ttl-");
        one.sync().forPath("/put");
        ZKPaths.mkdirs(one.getZookeeperClient().getZooKeeper(), "/made/on/the/way");
        ZKPaths.deleteChildren(one.getZookeeperClient().getZooKeeper(), "/made", true);
        check(one.checkExists().forPath("/made") == null, "children were left");
    }

    private static void transactions() throws Exception {
        try {
            one.transaction().forOperations(
                one.transactionOp().create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath("/undone-", text("x")),
                one.transactionOp().check().withVersion(4).forPath("/put"));
            check(false, "a transaction with a wrong version went through");
        } catch (KeeperException.BadVersionException expected) {
            List<?> results = expected.getResults();
            same(results.size(), 2);
        }
        List<CuratorTransactionResult> results = one.transaction().forOperations(
            one.transactionOp().create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/done-", text("x")),
            one.transactionOp().setData().withVersion(1).forPath("/put", text("3")),
            one.transactionOp().delete().forPath("/put"));
        check(results.get(0).getResultPath().startsWith("/done-"), "no path");
        same(results.get(1).getResultStat().getVersion(), 2);
    }

    private static void accessLists() throws Exception {
        CuratorFramework mine = CuratorFrameworkFactory.builder().connectString(address)
            .retryPolicy(new RetryOneTime(100)).authorization("digest", text("me:secret"))
            .aclProvider(new ACLProvider() {
                @Override
                public List<ACL> getDefaultAcl() {
                    return ZooDefs.Ids.CREATOR_ALL_ACL;
                }

                @Override
                public List<ACL> getAclForPath(String path) {
                    return ZooDefs.Ids.CREATOR_ALL_ACL;
                }
            }).build();
        mine.start();
        mine.create().creatingParentsIfNeeded().forPath("/private/part", text("x"));
        try {
            two.getData().forPath("/private/part");
            check(false, "read by a stranger");
        } catch (KeeperException.NoAuthException expected) {
            same(expected.getPath(), "/private/part");
        }
        same(mine.getACL().forPath("/private/part").get(0).getId().getScheme(), "digest");
        mine.setACL().withACL(ZooDefs.Ids.OPEN_ACL_UNSAFE).forPath("/private/part");
        same(new String(two.getData().forPath("/private/part"), StandardCharsets.UTF_8), "x");
        mine.close();
    }

    /** Ends the session of a client from elsewhere: its states, its persistent node, its watcher and its latch come back. */
    private static void expiry() throws Exception {
        Map<ConnectionState, Boolean> states = Collections.synchronizedMap(new TreeMap<>());
        CuratorFramework client = client();
        client.getConnectionStateListenable().addListener((ignored, state) -> states.put(state, true));
        PersistentNode node = new PersistentNode(client, CreateMode.EPHEMERAL, false, "/comes-back", text("x"));
        node.start();
        check(node.waitForInitialCreate(20, TimeUnit.SECONDS), "the node was not made");
        CuratorCache cache = CuratorCache.build(client, "/watched");
        cache.start();
        until("the cache has the node", () -> cache.get("/watched/last").isPresent());
        long before = two.checkExists().forPath("/comes-back").getEphemeralOwner();
        ZooKeeper session = client.getZookeeperClient().getZooKeeper();
        BlockingQueue<String> connected = new LinkedBlockingQueue<>();
        ZooKeeper twin = new ZooKeeper(address, 15_000, event -> connected.add(event.getState().toString()),
            session.getSessionId(), session.getSessionPasswd());
        same(next(connected), "SyncConnected");
        twin.close();
        until("the client has been told", () -> states.containsKey(ConnectionState.LOST));
        until("the client is back", () -> states.containsKey(ConnectionState.RECONNECTED));
        until("the node is back", () -> {
            Stat stat = two.checkExists().forPath("/comes-back");
            return stat != null && stat.getEphemeralOwner() != before;
        });
        two.setData().forPath("/watched/last", text("after"));
        until("the cache goes on", () -> new String(cache.get("/watched/last").get().getData(), StandardCharsets.UTF_8).equals("after"));
        cache.close();
        node.close();
        client.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
