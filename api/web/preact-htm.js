// Preact, its hooks and htm as one module: html`<p>...</p>` makes what render puts on the page.
import { h, render, createContext } from '/assets/preact.js';
import htm from '/assets/htm.js';

export { h, render, createContext };
export { useState, useReducer, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext } from '/assets/preact-hooks.js';
export const html = htm.bind(h);
