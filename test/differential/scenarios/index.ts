// Each file adds its scenarios to the list in define.ts.
import './create.js'
import './paths.js'
import './data.js'
import './multi.js'
import './acls.js'
import './watches.js'
import './sessions.js'
import './quotas.js'
