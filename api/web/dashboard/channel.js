// The channel that the dashboard is of stands in its address.
export const channel = location.pathname.split('/')[1].toLowerCase();
export const at = (path) => `/${channel}/api/${path}`;
