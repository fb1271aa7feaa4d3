// A CommonJS package has its names in the bundle only where it is not imported lazily itself: scripts/build.ts sees to it.
export { SocksClient } from 'socks'
