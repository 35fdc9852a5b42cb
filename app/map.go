package app

import "net/url"

// tileOrigins are where the map's pictures may come from.
func tileOrigins(c Config) []string {
	var origins []string
	for _, address := range []string{c.MapTiles, c.MapStyle} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}
