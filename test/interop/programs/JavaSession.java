import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;

/**
 * One session of Apache's Java client with the server at args[0], which plays the steps in the other
 * arguments and prints a line for each: what came of it, or the name of the error. The first line is
 * SyncConnected, and `await STATE` waits for another state of the connection. Security is configured by system properties, as users do it.
 */
public final class JavaSession {
    public static void main(String[] args) throws Exception {
        BlockingQueue<KeeperState> states = new LinkedBlockingQueue<>();
        ZooKeeper zk = new ZooKeeper(args[0], 30_000, event -> states.add(event.getState()));
        await(states, KeeperState.SyncConnected);
        for (int i = 1; i < args.length; i++) {
            if (args[i].startsWith("await ")) {
                await(states, KeeperState.valueOf(args[i].substring(6)));
            } else {
                System.out.println(play(zk, args[i].split(" ")));
            }
        }
        System.exit(0);
    }

    private static void await(BlockingQueue<KeeperState> states, KeeperState wanted) throws Exception {
        KeeperState state;
        do {
            state = states.poll(30, TimeUnit.SECONDS);
            if (state == null) {
                System.out.println("never " + wanted);
                System.exit(1);
            }
        } while (state != wanted);
        System.out.println(wanted);
    }

    private static String play(ZooKeeper zk, String[] words) throws Exception {
        try {
            switch (words[0]) {
                case "addauth":
                    zk.addAuthInfo(words[1], words[2].getBytes(StandardCharsets.UTF_8));
                    return "added";
                case "create":
                    return zk.create(words[1], words[2].getBytes(StandardCharsets.UTF_8), acl(words), CreateMode.PERSISTENT);
                case "get":
                    return new String(zk.getData(words[1], false, null), StandardCharsets.UTF_8);
                case "set":
                    return "version " + zk.setData(words[1], words[2].getBytes(StandardCharsets.UTF_8), -1).getVersion();
                case "whoami":
                    return zk.whoAmI().stream().map(info -> info.getAuthScheme() + '=' + info.getUser()).sorted()
                        .collect(Collectors.joining(" ", "I am ", ""));
                default:
                    throw new IllegalArgumentException(words[0]);
            }
        } catch (KeeperException problem) {
            return problem.code().name();
        }
    }

    /** The words after the data are scheme and id of the one who may do everything; without them all may. */
    private static List<ACL> acl(String[] words) {
        if (words.length < 5) {
            return ZooDefs.Ids.OPEN_ACL_UNSAFE;
        }
        return Collections.singletonList(new ACL(ZooDefs.Perms.ALL, new Id(words[3], words[4])));
    }
}
