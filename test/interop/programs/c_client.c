/* Uses Apache's C client on the server at argv[1]. Exits with 1 at the first surprise. */
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>
#include "checks.h"

static int connected, event_type, answers, wrong;
static char event_path[256];

static void watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
  pthread_mutex_lock(&lock);
  if (type == ZOO_SESSION_EVENT) {
    connected = state == ZOO_CONNECTED_STATE;
  } else {
    event_type = type;
    snprintf(event_path, sizeof event_path, "%s", path);
  }
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void on_stat(int rc, const struct Stat *stat, const void *data) {
  pthread_mutex_lock(&lock);
  if (rc != ZOK || stat->version != answers + 1) wrong++;
  answers++;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv) {
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zhandle_t *zh = zookeeper_init(argv[1], watcher, 10000, NULL, NULL, 0);
  WANT(zh != NULL && wait_for(&connected, 1));

  char path[256], data[64];
  struct Stat stat;
  int length = sizeof data;
  WANT(zoo_create(zh, "/c", "data", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path) == ZOK && strcmp(path, "/c") == 0);
  WANT(zoo_create(zh, "/c", "data", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path) == ZNODEEXISTS);
  WANT(zoo_get(zh, "/c", 0, data, &length, &stat) == ZOK && length == 4 && memcmp(data, "data", 4) == 0);
  WANT(zoo_get(zh, "/none", 0, data, &length, &stat) == ZNONODE);
  WANT(zoo_set2(zh, "/c", NULL, -1, 0, &stat) == ZOK && stat.version == 1);
  length = sizeof data;
  WANT(zoo_get(zh, "/c", 0, data, &length, &stat) == ZOK && length == -1);
  WANT(zoo_set(zh, "/c", "x", 1, 0) == ZBADVERSION);
  WANT(zoo_create(zh, "/c/s-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL | ZOO_SEQUENCE, path, sizeof path) == ZOK);
  WANT(strcmp(path, "/c/s-0000000000") == 0);
  struct String_vector names;
  WANT(zoo_get_children2(zh, "/c", 0, &names, &stat) == ZOK && names.count == 1 && stat.numChildren == 1);
  deallocate_String_vector(&names);
  WANT(zoo_delete(zh, "/c", -1) == ZNOTEMPTY);
  struct ACL_vector acl;
  WANT(zoo_get_acl(zh, "/c", &acl, &stat) == ZOK && acl.count == 1 && acl.data[0].perms == ZOO_PERM_ALL);
  deallocate_ACL_vector(&acl);
  WANT(zoo_create(zh, "/c/ro", "", 0, &ZOO_READ_ACL_UNSAFE, 0, path, sizeof path) == ZOK);
  WANT(zoo_set(zh, "/c/ro", "x", 1, -1) == ZNOAUTH);
  WANT(zoo_create(zh, "/c/bad", "", 0, &ZOO_CREATOR_ALL_ACL, 0, path, sizeof path) == ZINVALIDACL);

  WANT(zoo_exists(zh, "/c/new", 1, &stat) == ZNONODE);
  WANT(zoo_create(zh, "/c/new", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path) == ZOK);
  WANT(wait_for(&event_type, ZOO_CREATED_EVENT) && strcmp(event_path, "/c/new") == 0);
  WANT(zoo_get_children(zh, "/c", 1, &names) == ZOK);
  deallocate_String_vector(&names);
  WANT(zoo_delete(zh, "/c/new", 0) == ZOK && wait_for(&event_type, ZOO_CHILD_EVENT));

  zoo_op_t ops[3];
  zoo_op_result_t results[3];
  zoo_create_op_init(&ops[0], "/c/m", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
  zoo_set_op_init(&ops[1], "/c/m", "2", 1, 0, &stat);
  zoo_check_op_init(&ops[2], "/c/m", 1);
  WANT(zoo_multi(zh, 3, ops, results) == ZOK && stat.version == 1);
  zoo_delete_op_init(&ops[0], "/c/m", -1);
  zoo_delete_op_init(&ops[1], "/c/none", -1);
  WANT(zoo_multi(zh, 2, ops, results) == ZNONODE && results[1].err == ZNONODE);
  WANT(zoo_exists(zh, "/c/m", 0, &stat) == ZOK);

  WANT(zoo_create(zh, "/c/pipe", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path) == ZOK);
  for (int i = 0; i < 500; i++) WANT(zoo_aset(zh, "/c/pipe", "v", 1, i, on_stat, NULL) == ZOK);
  WANT(wait_for(&answers, 500) && wrong == 0);

  WANT(zookeeper_close(zh) == ZOK);
  puts("all is well");
  return 0;
}
