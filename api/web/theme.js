// Runs before the page is painted: a theme that was chosen by hand comes before the system's.
'use strict';
try {
  const chosen = localStorage.getItem('sv-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch { /* storage may be closed to pages; then the system decides */ }
