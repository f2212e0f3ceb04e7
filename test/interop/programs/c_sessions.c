/*
 * Uses what Apache's C client has beyond plain reads and writes on the server at argv[1]: sessions taken over by
 * another process, authentication, every kind of znode, watches one by one, results of a failed multi.
 * Exits with 1 at the first surprise.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>
#include "checks.h"

/* What one handle, or one watch, has been told last. */
struct told {
  int state, type, auth;
};

static void watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
  struct told *told = context;
  pthread_mutex_lock(&lock);
  if (type == ZOO_SESSION_EVENT) told->state = state;
  else told->type = type;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void on_auth(int rc, const void *context) {
  pthread_mutex_lock(&lock);
  ((struct told *)context)->auth = rc;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static zhandle_t *opened(const char *server, struct told *told, const clientid_t *id) {
  memset(told, 0, sizeof *told);
  told->auth = 1;
  zhandle_t *zh = zookeeper_init(server, watcher, 10000, id, told, 0);
  WANT(zh != NULL && wait_for(&told->state, ZOO_CONNECTED_STATE));
  return zh;
}

static char path[256];
static struct Stat stat;

static int made(zhandle_t *zh, const char *name, int mode) {
  return zoo_create(zh, name, "x", 1, &ZOO_OPEN_ACL_UNSAFE, mode, path, sizeof path);
}

/* A process that ends without a word leaves a session, which who has its id and password takes over. */
static void sessions(const char *server) {
  int pipes[2];
  WANT(pipe(pipes) == 0);
  pid_t child = fork();
  if (child == 0) {
    struct told told;
    zhandle_t *zh = opened(server, &told, NULL);
    WANT(made(zh, "/mine", ZOO_EPHEMERAL) == ZOK);
    WANT(write(pipes[1], zoo_client_id(zh), sizeof(clientid_t)) == sizeof(clientid_t));
    _exit(0);
  }
  clientid_t id;
  WANT(read(pipes[0], &id, sizeof id) == sizeof id && waitpid(child, NULL, 0) == child);

  struct told told;
  clientid_t wrong = id;
  wrong.passwd[3] ^= 1;
  memset(&told, 0, sizeof told);
  zhandle_t *zh = zookeeper_init(server, watcher, 10000, &wrong, &told, 0);
  WANT(wait_for(&told.state, ZOO_EXPIRED_SESSION_STATE) && zoo_exists(zh, "/", 0, &stat) == ZINVALIDSTATE);
  zookeeper_close(zh);

  zh = opened(server, &told, &id);
  WANT(zoo_client_id(zh)->client_id == id.client_id && zoo_recv_timeout(zh) == 10000);
  WANT(zoo_exists(zh, "/mine", 0, &stat) == ZOK && stat.ephemeralOwner == id.client_id);
  WANT(zookeeper_close(zh) == ZOK);
  memset(&told, 0, sizeof told);
  zh = zookeeper_init(server, watcher, 10000, &id, &told, 0);
  WANT(wait_for(&told.state, ZOO_EXPIRED_SESSION_STATE));
  zookeeper_close(zh);
}

static void kinds(zhandle_t *zh) {
  WANT(made(zh, "/k", ZOO_PERSISTENT) == ZOK);
  WANT(zoo_create2(zh, "/k/two", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, path, sizeof path, &stat) == ZOK);
  WANT(stat.ephemeralOwner == zoo_client_id(zh)->client_id && stat.czxid == stat.pzxid && stat.dataLength == 0);
  WANT(made(zh, "/k/two/child", ZOO_PERSISTENT) == ZNOCHILDRENFOREPHEMERALS);
  WANT(made(zh, "/k/c", ZOO_CONTAINER) == ZOK && zoo_exists(zh, "/k/c", 0, &stat) == ZOK && stat.ephemeralOwner == 0);
  WANT(zoo_create_ttl(zh, "/k/t-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 100000, path,
                      sizeof path) == ZOK);
  WANT(strcmp(path, "/k/t-0000000002") == 0);
  WANT(zoo_create2_ttl(zh, "/k/t", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 1099511627776LL, path,
                       sizeof path, &stat) == ZBADARGUMENTS);
  WANT(made(zh, "/k/", ZOO_PERSISTENT) == ZBADARGUMENTS && made(zh, "/k/", ZOO_PERSISTENT_SEQUENTIAL) == ZOK);
  WANT(strcmp(path, "/k/0000000003") == 0);
}

static void access_lists(const char *server, zhandle_t *zh, struct told *told) {
  WANT(zoo_add_auth(zh, "digest", "user:password", 13, on_auth, told) == ZOK && wait_for(&told->auth, ZOK));
  WANT(zoo_create(zh, "/secret", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, path, sizeof path) == ZOK);
  struct ACL_vector acl;
  WANT(zoo_get_acl(zh, "/secret", &acl, &stat) == ZOK && acl.count == 1 && acl.data[0].perms == ZOO_PERM_ALL);
  WANT(strcmp(acl.data[0].id.scheme, "digest") == 0 && strncmp(acl.data[0].id.id, "user:", 5) == 0);
  deallocate_ACL_vector(&acl);

  struct told other;
  zhandle_t *stranger = opened(server, &other, NULL);
  char data[16];
  int length = sizeof data;
  WANT(zoo_get(stranger, "/secret", 0, data, &length, &stat) == ZNOAUTH);
  WANT(zoo_set_acl(stranger, "/secret", -1, &ZOO_OPEN_ACL_UNSAFE) == ZNOAUTH);
  WANT(zoo_set_acl(zh, "/secret", 1, &ZOO_OPEN_ACL_UNSAFE) == ZBADVERSION);
  struct ACL_vector none = {0, NULL};
  WANT(zoo_set_acl(zh, "/secret", 0, &none) == ZINVALIDACL);
  WANT(zoo_set_acl(zh, "/secret", 0, &ZOO_OPEN_ACL_UNSAFE) == ZOK);
  WANT(zoo_get(stranger, "/secret", 0, data, &length, &stat) == ZOK && stat.aversion == 1);

  WANT(zoo_add_auth(stranger, "nosuch", "x", 1, on_auth, &other) == ZOK && wait_for(&other.auth, ZAUTHFAILED));
  WANT(zoo_state(stranger) == ZOO_AUTH_FAILED_STATE);
  zookeeper_close(stranger);
}

static void watches(zhandle_t *zh) {
  struct told data = {0}, child = {0}, exists = {0};
  char value[16];
  int length = sizeof value;
  struct String_vector names;
  WANT(made(zh, "/w", ZOO_PERSISTENT) == ZOK);
  WANT(zoo_wget(zh, "/w", watcher, &data, value, &length, &stat) == ZOK);
  WANT(zoo_wget_children(zh, "/w", watcher, &child, &names) == ZOK);
  deallocate_String_vector(&names);
  WANT(zoo_wexists(zh, "/w/new", watcher, &exists, &stat) == ZNONODE);
  WANT(zoo_remove_watches(zh, "/w", ZWATCHTYPE_CHILD, watcher, &data, 0) == ZNOWATCHER);
  WANT(zoo_remove_watches(zh, "/none", ZWATCHTYPE_ANY, watcher, &data, 0) == ZNOWATCHER);
  WANT(zoo_remove_watches(zh, "/w", ZWATCHTYPE_DATA, watcher, &data, 0) == ZOK);
  WANT(zoo_set(zh, "/w", "y", 1, -1) == ZOK && made(zh, "/w/new", ZOO_PERSISTENT) == ZOK);
  WANT(wait_for(&exists.type, ZOO_CREATED_EVENT) && wait_for(&child.type, ZOO_CHILD_EVENT));
  WANT(data.type != ZOO_CHANGED_EVENT);
}

static void failed_multi(zhandle_t *zh) {
  zoo_op_t ops[4];
  zoo_op_result_t results[4];
  WANT(made(zh, "/m", ZOO_PERSISTENT) == ZOK);
  zoo_create_op_init(&ops[0], "/m/a-", "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, sizeof path);
  zoo_check_op_init(&ops[1], "/m", 0);
  zoo_set_op_init(&ops[2], "/m", "2", 1, 7, &stat);
  zoo_delete_op_init(&ops[3], "/m", -1);
  WANT(zoo_multi(zh, 4, ops, results) == ZBADVERSION);
  WANT(results[0].err == ZOK && results[1].err == ZOK);
  WANT(results[2].err == ZBADVERSION && results[3].err == ZRUNTIMEINCONSISTENCY);
  struct String_vector names;
  WANT(zoo_get_children(zh, "/m", 0, &names) == ZOK && names.count == 0);
  deallocate_String_vector(&names);
  WANT(zoo_multi(zh, 0, ops, results) == ZOK);
}

static void configuration(zhandle_t *zh, struct told *told) {
  char data[1024];
  int length = sizeof data;
  WANT(zoo_getconfig(zh, 0, data, &length, &stat) == ZOK && length <= 0);
  length = sizeof data;
  WANT(zoo_reconfig(zh, NULL, "1", NULL, -1, data, &length, &stat) == ZRECONFIGDISABLED);
  told->auth = 1;
  WANT(zoo_add_auth(zh, "digest", "super:test", 10, on_auth, told) == ZOK && wait_for(&told->auth, ZOK));
  WANT(zoo_set(zh, "/zookeeper/config", "x", 1, -1) == ZOK);
}

int main(int argc, char **argv) {
  zoo_set_debug_level(0);
  /* First, while this process has no thread of the client that a child would lack. */
  sessions(argv[1]);
  struct told told;
  zhandle_t *zh = opened(argv[1], &told, NULL);
  kinds(zh);
  access_lists(argv[1], zh, &told);
  watches(zh);
  failed_multi(zh);
  configuration(zh, &told);
  WANT(zookeeper_close(zh) == ZOK);
  puts("all is well");
  return 0;
}
