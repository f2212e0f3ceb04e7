import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * Creates znodes below args[1] on the servers of args[0] until its input ends, with one session and an ephemeral znode.
 * Prints `ready`, then a dot for each acknowledged write, and at the end the names that were acknowledged, after `=`,
 * or what went wrong.
 */
public final class JavaWrites {
    public static void main(String[] args) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean expired = new AtomicBoolean();
        ZooKeeper zk = new ZooKeeper(args[0], 30_000, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
            if (event.getState() == KeeperState.Expired) {
                expired.set(true);
            }
        });
        connected.await();
        long session = zk.getSessionId();
        String path = args[1];
        zk.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create(path + "/alive", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        Thread input = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Only its end matters.
                }
            } catch (java.io.IOException e) {
                // As good as the end.
            }
            ended.set(true);
        });
        input.setDaemon(true);
        input.start();
        System.out.println("ready");
        List<String> acknowledged = new ArrayList<>();
        for (int n = 0; !ended.get() && !expired.get(); n++) {
            try {
                zk.create(path + "/j" + n, new byte[50], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                acknowledged.add("j" + n);
                System.out.print(".");
                System.out.flush();
            } catch (KeeperException.ConnectionLossException e) {
                Thread.sleep(50);
            }
        }
        if (expired.get()) {
            System.out.println("\nthe session has expired");
            System.exit(1);
        }
        long owner = 0;
        for (int attempt = 0; attempt < 100 && owner == 0; attempt++) {
            try {
                owner = zk.exists(path + "/alive", false).getEphemeralOwner();
            } catch (KeeperException.ConnectionLossException e) {
                Thread.sleep(100);
            }
        }
        if (owner != session || zk.getSessionId() != session) {
            System.out.println("\nthe ephemeral znode belongs to another session");
            System.exit(1);
        }
        System.out.println("\n=" + String.join(" ", acknowledged));
        zk.close();
        System.exit(0);
    }
}
