// Sets the chosen theme before the first paint; layout/theme.js changes it. Not a module, because modules run later.

try {
  const theme = localStorage.getItem('hookd.theme');
  if (theme !== null) document.documentElement.dataset.theme = theme;
} catch {
  // The browser denies storage: the system's theme applies.
}
