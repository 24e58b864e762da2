// What a page is made of, from one place.
export { html, render, h, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useReducer, useContext, createContext } from '/assets/preact-htm.js';
export * from '/assets/net.js';
export * from '/assets/live.js';
export * from '/assets/format.js';
export * from '/assets/ui.js';
export * from '/assets/form.js';
export * from '/assets/draft.js';
export * from '/assets/dialog.js';
export * from '/assets/plot.js';
export * from '/assets/shell.js';
