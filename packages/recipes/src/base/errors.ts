/**
 * What a recipe refuses or has to report by itself. Refusals of the server come through as the client's
 * `KeeperError`s.
 */

/** Compare `error.code`. docs/recipes.md has a heading for each, with what to do. */
export type RecipeErrorCode =
  | 'RECIPE_ARGUMENT'
  | 'RECIPE_CLOSED'
  | 'RECIPE_DATA_INVALID'
  | 'RECIPE_FOREIGN_NODES'
  | 'RECIPE_LOST'
  | 'RECIPE_NOT_HELD'
  | 'RECIPE_OUTCOME_UNKNOWN'

/** What a recipe refuses or has to report by itself. Compare `code`; the message says what was found and what to do. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError'
  /** @param options with `cause`, where something else is behind it */
  constructor(
    /** docs/recipes.md has a heading for each. */
    readonly code: RecipeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
