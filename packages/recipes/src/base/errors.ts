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

export class RecipeError extends Error {
  override readonly name = 'RecipeError'
  constructor(
    readonly code: RecipeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
