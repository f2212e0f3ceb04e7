import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** What programs wait for and insist on. They end with an error at the first thing that is not so. */
abstract class Checks {
    interface Condition {
        boolean holds() throws Exception;
    }

    static void until(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            check(System.nanoTime() < deadline, "never: " + what);
            Thread.sleep(10);
        }
    }

    static String next(BlockingQueue<String> queue) throws Exception {
        String item = queue.poll(20, TimeUnit.SECONDS);
        check(item != null, "nothing came");
        return item;
    }

    static void same(Object found, Object wanted) {
        check(found == null ? wanted == null : found.equals(wanted), "found " + found + ", wanted " + wanted);
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
