package main

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// report prints one line per exercise and counts those that failed.
type report struct{ failed int }

// failure is what must, check and equal panic with, so that an exercise reads as a plain story.
type failure string

func (r *report) try(name string, exercise func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	defer func() {
		switch problem := recover().(type) {
		case nil:
			fmt.Printf("ok %s\n", name)
		case failure:
			r.failed++
			fmt.Printf("not ok %s: %s\n", name, problem)
		default:
			panic(problem)
		}
	}()
	exercise(ctx)
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(failure(err.Error()))
	}
}

func equal[T any](what string, got, want T) {
	if !reflect.DeepEqual(got, want) {
		panic(failure(fmt.Sprintf("%s is %+v, expected %+v", what, got, want)))
	}
}

func refused(what string, err error) {
	if err == nil {
		panic(failure(what + " was not refused"))
	}
}

// next takes one value that a handler put in; what it waits for is named when it does not come.
func next[T any](ctx context.Context, from <-chan T, what string) T {
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		panic(failure("waited in vain for " + what))
	}
}

func eventually(ctx context.Context, what string, holds func() bool) {
	for !holds() {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			panic(failure("waited in vain for " + what))
		}
	}
}
