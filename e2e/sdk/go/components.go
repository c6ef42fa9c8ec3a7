package main

import "os"

// The components that the sidecar is started with, and what is in them.
const (
	stateStore    = "statestore"
	redisStore    = "redis-state"
	queryStore    = "querystore"
	pubsub        = "pubsub"
	redisPubsub   = "redis-pubsub"
	cronBinding   = "ticks"
	database      = "database"
	files         = "files"
	redisBinding  = "redis-data"
	secretStore   = "secrets"
	settings      = "settings"
	redisSettings = "redis-settings"
	lockStore     = "locks"
	keyVault      = "keys"
	rsaKey        = "rsa.pem"
	symmetricKey  = "aes"
	conversation  = "echo"
)

// hasRedis is whether there are components on Redis.
var hasRedis = os.Getenv("HAS_REDIS") != ""
