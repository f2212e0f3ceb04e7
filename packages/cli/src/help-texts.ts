/** What stands below the options in the help of each command. */

export const ensembleExamples = `
Examples:
  menagerie ensemble
  menagerie ensemble --size 5 --dir /tmp/ensemble
  menagerie ensemble 1.yaml 2.yaml 3.yaml
`

export const examples = `
Examples:
  menagerie start                     a server on 127.0.0.1:2181 with its data in ./data
  menagerie start zoo.cfg             the configuration of an Apache ZooKeeper, as it is
  menagerie start zoo.cfg --port 0    the same on a free port
  menagerie ensemble --size 3         three servers that replicate, on ports 2181 to 2183
  menagerie check-config zoo.cfg      what that file comes to
  menagerie plugins                   storages, transports and so on, with their options
  menagerie storage verify ./data     whether everything in a data directory can be read

Then, with Apache's client:
  zkCli.sh -server 127.0.0.1:2181
`

export const storageExamples = `
Examples:
  menagerie storage inspect ./data
  menagerie storage verify rocksdb:./db
  menagerie storage copy --from file:./data --to rocksdb:./db
  menagerie storage copy --from "file:./data?dataLogDir=/log/zk" --to rocksdb:./db
`

export const startExamples = `
Examples:
  menagerie start
  menagerie start --port 2182 --data-dir /tmp/zk2
  menagerie start /etc/zookeeper/conf/zoo.cfg
  LOG_LEVEL=debug menagerie start menagerie.yaml
`

export const checkExamples = `
Examples:
  menagerie check-config /etc/zookeeper/conf/zoo.cfg
  menagerie check-config --json menagerie.yaml
`

export const pluginExamples = `
Examples:
  menagerie plugins
  menagerie plugins --json

In a configuration, a plugin goes by its name or by the path of its file:
  plugins:
    - use: "@menagerie/storage-rocksdb"
      with: { path: ./db }
`

export const newPluginExamples = `
Examples:
  menagerie new-plugin storage my-backend
  menagerie new-plugin transport @acme/carrier-pigeon
`

export const copyExamples = `
Examples:
  menagerie storage copy --from ./data --to rocksdb:./db
  menagerie storage copy --from rocksdb:./db --to file:./data
  menagerie storage copy --from "file:./data?dataLogDir=/log/zk" --to rocksdb:./db
  menagerie storage copy --from ./data --to ./my-backend/dist/src/index.js:./mine
`

export const inspectExamples = `
Examples:
  menagerie storage inspect ./data
  menagerie storage inspect rocksdb:./db --depth 3 --top 5
`

export const verifyExamples = `
Examples:
  menagerie storage verify ./data
  menagerie storage verify "file:./data?dataLogDir=/log/zk"
`
