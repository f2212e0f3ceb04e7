import { pathProblem } from '@menagerie/client'
import { RecipeError } from './errors.js'

/**
 * Holds a path against the rules of znode paths before anything is sent, so that a mistake shows where it
 * was made. @throws RECIPE_ARGUMENT
 */
export function checkedPath(path: string): string {
  if (typeof path !== 'string') throw argument(`a path must be a string, found ${typeof path}`)
  if (path === '/') throw argument('the root cannot carry a recipe: name a znode below it')
  const problem = pathProblem(path)
  if (problem !== undefined) throw argument(`${JSON.stringify(path)} is no path for a recipe: ${problem}`)
  return path
}

/** Holds one name, such as a member's id that becomes a znode, against the rules. @throws RECIPE_ARGUMENT */
export function checkedName(name: string, what: string): string {
  if (typeof name !== 'string' || name === '') throw argument(`${what} must be a string that is not empty`)
  if (name.includes('/') || pathProblem(`/${name}`) !== undefined) {
    throw argument(
      `${what} ${JSON.stringify(name)} becomes the name of a znode, which is not "." or ".." and has no "/" or control character`,
    )
  }
  return name
}

export function argument(message: string): RecipeError {
  return new RecipeError('RECIPE_ARGUMENT', message)
}

/** What stands behind the last slash. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The znode above; `/` above the first level. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
