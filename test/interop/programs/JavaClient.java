import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** Uses every operation of Apache's Java client on the server at args[0]. Exits with 1 at the first surprise. */
public final class JavaClient {
    private static String address;

    public static void main(String[] args) throws Exception {
        address = args[0];
        try {
            basics();
            sequences();
            containersAndTtl();
            multi();
            watches();
            persistentWatches();
            acls();
            reattach();
            pipelining();
            System.out.println("all is well");
            System.exit(0);
        } catch (Throwable problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static ZooKeeper connect(Watcher watcher) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper zk = new ZooKeeper(address, 10_000, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
            }
            watcher.process(event);
        });
        check(connected.await(20, TimeUnit.SECONDS), "no connection");
        return zk;
    }

    private static ZooKeeper connect() throws Exception {
        return connect(event -> { });
    }

    private static void basics() throws Exception {
        ZooKeeper zk = connect();
        Stat created = new Stat();
        same(zk.create("/java", bytes("one"), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, created), "/java");
        same(created.getDataLength(), 3);
        Stat stat = zk.exists("/java", false);
        same(stat, created);
        same(new String(zk.getData("/java", false, stat), StandardCharsets.UTF_8), "one");
        same(zk.setData("/java", bytes("second"), 0).getVersion(), 1);
        refused(KeeperException.Code.BADVERSION, () -> zk.setData("/java", null, 0));
        refused(KeeperException.Code.NODEEXISTS, () -> zk.create("/java", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        refused(KeeperException.Code.NONODE, () -> zk.getData("/java/none", false, null));
        zk.setData("/java", null, -1);
        same(zk.getData("/java", false, null), null);
        same(zk.exists("/java/none", false), null);
        zk.create("/java/a", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create("/java/b", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        zk.create("/java/a/c", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        same(sorted(zk.getChildren("/java", false)), Arrays.asList("a", "b"));
        same(sorted(zk.getChildren("/java", false, stat)), Arrays.asList("a", "b"));
        same(stat.getNumChildren(), 2);
        same(zk.getAllChildrenNumber("/java"), 3);
        same(zk.getEphemerals("/java"), Collections.singletonList("/java/b"));
        same(zk.exists("/java/b", false).getEphemeralOwner(), zk.getSessionId());
        refused(KeeperException.Code.NOCHILDRENFOREPHEMERALS, () -> zk.create("/java/b/x", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        refused(KeeperException.Code.NOTEMPTY, () -> zk.delete("/java", -1));
        CountDownLatch synced = new CountDownLatch(1);
        zk.sync("/java", (rc, path, context) -> synced.countDown(), null);
        check(synced.await(10, TimeUnit.SECONDS), "sync was not answered");
        zk.close();
        ZooKeeper again = connect();
        same(again.exists("/java/b", false), null);
        again.delete("/java/a/c", 0);
        again.delete("/java/a", -1);
        again.delete("/java", -1);
        again.close();
    }

    private static void sequences() throws Exception {
        ZooKeeper zk = connect();
        zk.create("/seq", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        same(zk.create("/seq/n-", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL), "/seq/n-0000000000");
        same(zk.create("/seq/n-", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL), "/seq/n-0000000001");
        zk.delete("/seq/n-0000000001", -1);
        same(zk.create("/seq/n-", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL), "/seq/n-0000000002");
        zk.close();
    }

    private static void containersAndTtl() throws Exception {
        ZooKeeper zk = connect();
        Stat stat = new Stat();
        zk.create("/container", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER, stat);
        same(stat.getEphemeralOwner(), 0L);
        zk.create("/container/child", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create("/ttl", bytes("t"), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 3_600_000);
        same(stat.getEphemeralOwner(), 0L);
        check(zk.create("/ttl-", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 1_000_000).startsWith("/ttl-0"), "no sequential TTL node");
        zk.close();
    }

    private static void multi() throws Exception {
        ZooKeeper zk = connect();
        List<OpResult> results = zk.multi(Arrays.asList(
            Op.create("/m", bytes("1"), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create("/m/a", bytes("2"), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
            Op.setData("/m", bytes("changed"), 0),
            Op.check("/m", 1),
            Op.delete("/m/a", -1)));
        same(results.size(), 5);
        same(((OpResult.CreateResult) results.get(0)).getPath(), "/m");
        same(((OpResult.SetDataResult) results.get(2)).getStat().getVersion(), 1);
        try {
            zk.multi(Arrays.asList(Op.setData("/m", null, -1), Op.delete("/m/none", -1), Op.check("/m", 0)));
            check(false, "a multi that fails succeeded");
        } catch (KeeperException.NoNodeException problem) {
            List<Integer> codes = new ArrayList<>();
            for (OpResult result : problem.getResults()) {
                codes.add(((OpResult.ErrorResult) result).getErr());
            }
            same(codes, Arrays.asList(0, -101, -2));
        }
        same(zk.exists("/m", false).getVersion(), 1);
        List<OpResult> reads = zk.multi(Arrays.asList(Op.getData("/m"), Op.getChildren("/m"), Op.getData("/m/none")));
        same(new String(((OpResult.GetDataResult) reads.get(0)).getData(), StandardCharsets.UTF_8), "changed");
        same(((OpResult.ErrorResult) reads.get(2)).getErr(), -101);
        same(zk.transaction().check("/m", 1).delete("/m", 1).commit().size(), 2);
        zk.close();
    }

    private static void watches() throws Exception {
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        Watcher watcher = event -> {
            if (event.getPath() != null) {
                events.add(event);
            }
        };
        ZooKeeper zk = connect();
        ZooKeeper other = connect();
        zk.exists("/w", watcher);
        other.create("/w", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        expect(events, Watcher.Event.EventType.NodeCreated, "/w");
        zk.getData("/w", watcher, null);
        other.setData("/w", bytes("x"), -1);
        expect(events, Watcher.Event.EventType.NodeDataChanged, "/w");
        zk.getChildren("/w", watcher);
        other.create("/w/c", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        expect(events, Watcher.Event.EventType.NodeChildrenChanged, "/w");
        zk.getData("/w/c", watcher, null);
        other.delete("/w/c", -1);
        expect(events, Watcher.Event.EventType.NodeDeleted, "/w/c");
        zk.getData("/w", watcher, null);
        zk.removeWatches("/w", watcher, Watcher.WatcherType.Data, false);
        expect(events, Watcher.Event.EventType.DataWatchRemoved, "/w");
        refused(KeeperException.Code.NOWATCHER, () -> zk.removeAllWatches("/w", Watcher.WatcherType.Any, false));
        other.delete("/w", -1);
        check(events.isEmpty(), "an event too many: " + events);
        zk.close();
        other.close();
    }

    private static void persistentWatches() throws Exception {
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper zk = connect();
        ZooKeeper other = connect();
        zk.addWatch("/p", events::add, AddWatchMode.PERSISTENT);
        zk.addWatch("/r", events::add, AddWatchMode.PERSISTENT_RECURSIVE);
        for (String root : Arrays.asList("/p", "/r")) {
            other.create(root, null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            expect(events, Watcher.Event.EventType.NodeCreated, root);
            other.setData(root, null, -1);
            expect(events, Watcher.Event.EventType.NodeDataChanged, root);
            other.create(root + "/c", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            if (root.equals("/p")) {
                expect(events, Watcher.Event.EventType.NodeChildrenChanged, root);
            } else {
                expect(events, Watcher.Event.EventType.NodeCreated, root + "/c");
            }
            other.delete(root + "/c", -1);
            if (root.equals("/p")) {
                expect(events, Watcher.Event.EventType.NodeChildrenChanged, root);
            } else {
                expect(events, Watcher.Event.EventType.NodeDeleted, root + "/c");
            }
            other.delete(root, -1);
            expect(events, Watcher.Event.EventType.NodeDeleted, root);
        }
        zk.removeAllWatches("/p", Watcher.WatcherType.Any, false);
        expect(events, Watcher.Event.EventType.PersistentWatchRemoved, "/p");
        zk.close();
        other.close();
    }

    private static void acls() throws Exception {
        ZooKeeper owner = connect();
        owner.addAuthInfo("digest", bytes("user:password"));
        owner.create("/acl", bytes("s"), ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        Stat stat = new Stat();
        same(owner.getACL("/acl", stat), Collections.singletonList(
            new ACL(ZooDefs.Perms.ALL, new Id("digest", "user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY="))));
        ZooKeeper stranger = connect();
        refused(KeeperException.Code.NOAUTH, () -> stranger.getData("/acl", false, null));
        refused(KeeperException.Code.NOAUTH, () -> stranger.setData("/acl", null, -1));
        refused(KeeperException.Code.INVALIDACL, () -> stranger.create("/acl2", null, ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
        same(owner.setACL("/acl", ZooDefs.Ids.READ_ACL_UNSAFE, stat.getAversion()).getAversion(), 1);
        same(stranger.getData("/acl", false, null).length, 1);
        same(owner.whoAmI().size(), 2);
        owner.delete("/acl", -1);
        owner.close();
        stranger.close();
    }

    /** A client with the id and password of a session that lost its connection takes it over. */
    private static void reattach() throws Exception {
        ZooKeeper first = connect();
        first.create("/mine", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper second = new ZooKeeper(address, 10_000, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
            }
        }, first.getSessionId(), first.getSessionPasswd());
        check(connected.await(20, TimeUnit.SECONDS), "the session was not taken over");
        same(second.getSessionId(), first.getSessionId());
        same(second.exists("/mine", false).getEphemeralOwner(), second.getSessionId());
        second.close();
        ZooKeeper other = connect();
        same(other.exists("/mine", false), null);
        other.close();
    }

    /** Answers of calls that overlap come in the order of the calls. */
    private static void pipelining() throws Exception {
        int calls = 2000;
        ZooKeeper zk = connect();
        zk.create("/pipe", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        CountDownLatch answered = new CountDownLatch(2 * calls);
        AtomicInteger next = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        for (int i = 0; i < calls; i++) {
            int number = i;
            zk.setData("/pipe", bytes(Integer.toString(i)), i, (rc, path, context, stat) -> {
                if (rc != 0 || stat.getVersion() != number + 1 || next.getAndIncrement() != 2 * number) {
                    wrong.incrementAndGet();
                }
                answered.countDown();
            }, null);
            zk.getData("/pipe", false, (rc, path, context, data, stat) -> {
                if (rc != 0 || stat.getVersion() != number + 1 || next.getAndIncrement() != 2 * number + 1) {
                    wrong.incrementAndGet();
                }
                answered.countDown();
            }, null);
        }
        check(answered.await(60, TimeUnit.SECONDS), "answers are missing");
        same(wrong.get(), 0);
        zk.delete("/pipe", calls);
        zk.close();
    }

    private interface Call {
        void run() throws Exception;
    }

    private static void refused(KeeperException.Code code, Call call) throws Exception {
        try {
            call.run();
        } catch (KeeperException problem) {
            same(problem.code(), code);
            return;
        }
        check(false, "not refused with " + code);
    }

    private static void expect(BlockingQueue<WatchedEvent> events, Watcher.Event.EventType type, String path) throws Exception {
        WatchedEvent event = events.poll(20, TimeUnit.SECONDS);
        check(event != null, "no event " + type + " " + path);
        same(event.getType() + " " + event.getPath(), type + " " + path);
    }

    private static List<String> sorted(List<String> names) {
        List<String> copy = new ArrayList<>(names);
        Collections.sort(copy);
        return copy;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void same(Object found, Object wanted) {
        check(found == null ? wanted == null : found.equals(wanted), "found " + found + ", wanted " + wanted);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
