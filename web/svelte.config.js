/** TypeScript in components is erased by Svelte itself: no preprocessor. */
export default {};
