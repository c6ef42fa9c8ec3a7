package main

// The names of the components that the sidecar is started with.
const (
	stateStore         = "statestore"
	redisStore         = "redis-state"
	queryStore         = "query-state"
	pubsub             = "pubsub"
	redisPubsub        = "redis-pubsub"
	cronBinding        = "ticks"
	redisBinding       = "redis-binding"
	postgresBinding    = "postgres-binding"
	secretStore        = "secrets"
	secretName         = "SDK_SECRET"
	secretValue        = "salt"
	configurationStore = "settings"
	lockStore          = "locks"
	keyVault           = "keys"
	rsaKey             = "rsa.pem"
	symmetricKey       = "aes.json"
	conversation       = "echo"
)
