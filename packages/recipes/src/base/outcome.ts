import { RecipeError } from './errors.js'

/** Nobody can tell whether a change happened: the reply was lost, and what is there now does not decide it. */
export function outcomeUnknown(what: string, cause: unknown): RecipeError {
  return new RecipeError(
    'RECIPE_OUTCOME_UNKNOWN',
    `the connection was lost before the reply came, and ${what}: look at the present state before repeating it`,
    { cause },
  )
}
