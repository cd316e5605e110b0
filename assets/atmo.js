// atmo: small conveniences; every page works without them.
